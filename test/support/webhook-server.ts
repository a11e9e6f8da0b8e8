import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { KubeObject } from '../../src/base/object.ts';
import type {
  AdmissionHook,
  AdmissionRequest,
  AdmissionResponse,
} from '../../src/sandbox/apiserver/admission.ts';
import type { Certificates } from '../testbed/certificates.ts';

/** Admission webhooks that a real API server can call. */
export interface WebhookServer {
  /** `https://127.0.0.1:PORT`; each webhook is at the path of its name. */
  readonly url: string;
  /** The authority that signed the server's certificate: PEM, base64. */
  readonly caBundle: string;
  stop(): Promise<void>;
}

/** What an API server sends of admission.k8s.io/v1, as far as it is read. */
interface Review {
  readonly request: Omit<AdmissionRequest, 'object' | 'oldObject' | 'subResource'> & {
    readonly uid: string;
    readonly subResource?: string;
    readonly object: KubeObject | null;
    readonly oldObject: KubeObject | null;
  };
}

/** Serves hooks over HTTPS. One that throws answers 500, as a webhook that is broken. */
export async function startWebhookServer(
  hooks: readonly AdmissionHook[],
  certificates: Certificates,
): Promise<WebhookServer> {
  const [cert, key, ca] = await Promise.all(
    [certificates.cert, certificates.key, certificates.ca].map(path => readFile(path)),
  );
  const server = https.createServer({ cert, key }, async (request, response) => {
    try {
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(await answer(hooks, request)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: String(ca?.toString('base64')),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(hooks: readonly AdmissionHook[], message: IncomingMessage): Promise<object> {
  const hook = hooks.find(({ name }) => message.url?.startsWith(`/${name}?`));
  if (hook === undefined) throw new Error(`there is no webhook ${message.url}`);
  const { request } = JSON.parse(String(await buffer(message))) as Review;
  const { subResource = '', object, oldObject } = request;
  const response = await hook.admit({
    ...request,
    subResource,
    object: object ?? undefined,
    oldObject: oldObject ?? undefined,
  });
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, ...verdict(response, object) },
  };
}

function verdict({ allowed, code = 403, message, object }: AdmissionResponse, before: KubeObject | null) {
  if (!allowed) return { allowed, status: { code, message } };
  if (object === undefined || before === null) return { allowed };
  // Fields are replaced whole: "add" does so too, and works where the field is absent.
  const patch = Object.keys(object)
    .filter(field => JSON.stringify(object[field]) !== JSON.stringify(before[field]))
    .map(field => ({ op: 'add', path: `/${field}`, value: object[field] }));
  if (patch.length === 0) return { allowed };
  return { allowed, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}
