import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Failure, reasonOf } from '../base/errors.ts';
import { ApiFailure } from './cluster.ts';
import type { ApiHttp } from './http.ts';
import { type Fields, fieldsOf, listOf, textOf } from './shape.ts';
import { Tunnel } from './tunnel.ts';
import { acceptOf } from './websocket.ts';

/** A port of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  /** Its number or its name, as the Service has it. */
  readonly port: string;
}

const PLACE = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9]*[a-z0-9])?):([a-z0-9-]+)$/;
/** Spoken by every kubelet there is; newer ways are newer servers' only. */
const PROTOCOL = 'v4.channel.k8s.io';

/** Reads `NAMESPACE/NAME:PORT`; undefined when it is something else. */
export function parseServicePort(text: string): ServicePort | undefined {
  const [, namespace = '', name = '', port = ''] = PLACE.exec(text) ?? [];
  return name === '' ? undefined : { namespace, name, port };
}

/**
 * Connections to a Service from outside of the cluster, by the API server's port-forward:
 *
 *     the Service's selector → its pods, of which a ready one is taken → the port, which the pod may have by name
 *     GET …/pods/NAME/portforward, upgraded to a WebSocket connection; each is one connection to the pod
 *     no such pod any more, none ready, no answer of the kubelet → `not-connected`; the next dial looks for a pod anew
 */
export class ServiceDialler {
  readonly #http: ApiHttp;
  readonly #service: ServicePort;
  readonly #subject: string;
  #pod: Promise<{ name: string; port: number }> | undefined;

  constructor(http: ApiHttp, service: ServicePort) {
    this.#http = http;
    this.#service = service;
    this.#subject = `service ${service.namespace}/${service.name}`;
  }

  /** @throws Failure `not-connected` when another attempt may succeed; `usage`, `forbidden`, `unauthorized` else */
  async dial(): Promise<Duplex> {
    this.#pod ??= this.#choose();
    const pod = this.#pod;
    try {
      const { name, port } = await pod;
      const socket = await this.#open(name, port);
      // A connection that ends may have ended with its pod.
      socket.once('close', () => this.#forget(pod));
      return new Tunnel(socket, `${this.#service.namespace}/${name}`);
    } catch (error) {
      this.#forget(pod);
      throw error;
    }
  }

  #forget(pod: Promise<unknown>): void {
    if (this.#pod === pod) this.#pod = undefined;
  }

  async #choose(): Promise<{ name: string; port: number }> {
    const { namespace, name } = this.#service;
    const service = await this.#read(`/api/v1/namespaces/${namespace}/services/${name}`);
    const selector = Object.entries(fieldsOf(fieldsOf(service.spec).selector));
    if (selector.length === 0) {
      throw this.#failure('usage', 'the service has no selector, so that its pods are not known', [
        'forward a port to it yourself, and pass its URL',
      ]);
    }
    const labelSelector = selector.map(([label, value]) => `${label}=${value}`).join(',');
    const pods = await this.#read(`/api/v1/namespaces/${namespace}/pods`, { labelSelector });
    const ready = listOf(pods.items).find(isReady);
    if (ready === undefined) {
      throw this.#failure('not-connected', 'no pod of the service is ready', [
        `kubectl --namespace ${namespace} get pods --selector ${labelSelector} shows why`,
      ]);
    }
    return { name: textOf(fieldsOf(ready.metadata).name), port: this.#portOf(service, ready) };
  }

  async #read(path: string, query: Record<string, string> = {}): Promise<Fields> {
    try {
      return fieldsOf(await this.#http.request({ method: 'GET', path, query }));
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 404) {
        throw this.#failure('usage', 'the cluster has no such service', []);
      }
      throw error;
    }
  }

  /** The port that the pod listens on. */
  #portOf(service: Fields, pod: Fields): number {
    const { port } = this.#service;
    const ports = listOf(fieldsOf(service.spec).ports);
    const found = ports.find(one => String(one.port) === port || one.name === port);
    if (found === undefined) {
      const names = ports.map(one => [one.port, one.name].filter(Boolean).join(' or ')).join(', ');
      throw this.#failure('usage', `the service has no port ${port}`, [`its ports are ${names || 'none'}`]);
    }
    const target = found.targetPort ?? found.port;
    if (typeof target === 'number') return target;
    const declared = listOf(fieldsOf(pod.spec).containers)
      .flatMap(container => listOf(container.ports))
      .find(({ name }) => name === target);
    if (typeof declared?.containerPort === 'number') return declared.containerPort;
    throw this.#failure('usage', `its pods have no port of the name ${target}`, []);
  }

  async #open(pod: string, port: number): Promise<Duplex> {
    const path = `/api/v1/namespaces/${this.#service.namespace}/pods/${encodeURIComponent(pod)}/portforward`;
    const key = randomBytes(16).toString('base64');
    const headers = {
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': PROTOCOL,
    };
    try {
      const { socket, headers: answered } = await this.#http.upgrade({
        path,
        query: { ports: String(port) },
        headers,
      });
      if (answered['sec-websocket-accept'] === acceptOf(key)) return socket;
      socket.destroy();
      throw this.#failure('not-connected', 'what answers the port-forward is no API server', []);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /** Pods come and go, and kubelets with them: only who asks is not mended by another attempt. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof Failure)) return error;
    if (error.code === 'forbidden') {
      const hint = 'a port-forward takes the rights to get and to create pods/portforward';
      return this.#failure('forbidden', error.message, [hint, ...error.hints]);
    }
    if (!(error instanceof ApiFailure)) return error;
    return this.#failure(
      'not-connected',
      `the cluster does not forward its port: ${reasonOf(error)}`,
      error.hints,
    );
  }

  #failure(code: Failure['code'], message: string, hints: readonly string[]): Failure {
    return new Failure(code, message, { subject: this.#subject, hints: [...hints] });
  }
}

function isReady(pod: Fields): boolean {
  const isLeaving = fieldsOf(pod.metadata).deletionTimestamp !== undefined;
  return (
    !isLeaving &&
    listOf(fieldsOf(pod.status).conditions).some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}
