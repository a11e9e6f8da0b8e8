import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Digest, digestOf } from '../src/base/digest.ts';
import { type Descriptor, MEDIA } from '../src/registry/descriptor.ts';
import type { BenchImage } from './images.ts';

/** A registry of any size that takes no room: layers are made as they are read, and what is pushed is forgotten. */
export interface EndlessRegistry {
  readonly host: string;
  readonly image: BenchImage;
  /** Bytes of layers that were pushed to it. */
  readonly received: number;
  stop(): Promise<void>;
}

const PATH = 'bench/endless';
/** Of each layer: its number, by which it differs from the others. */
const NUMBER_BYTES = 8;

/** Starts one with an image of so many layers, all different and of the same size. */
export async function startEndless(layers: number, layerBytes: number): Promise<EndlessRegistry> {
  const filling = Buffer.alloc(layerBytes, createHash('sha512').update('filling').digest());
  const numbered = (layer: number) => {
    const number = Buffer.alloc(NUMBER_BYTES);
    number.writeUInt32BE(layer);
    return number;
  };
  const blobs = new Map<string, number>();
  const descriptors: Descriptor[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const hash = createHash('sha256').update(numbered(layer)).update(filling.subarray(NUMBER_BYTES));
    const digest = `sha256:${hash.digest('hex')}` as Digest;
    blobs.set(digest, layer);
    descriptors.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: layerBytes });
  }
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {} }));
  const named = { mediaType: MEDIA.ociConfig, digest: digestOf(config), size: config.length };
  const json = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config: named, layers: descriptors };
  const manifest = Buffer.from(JSON.stringify(json));
  const small = new Map([
    [named.digest, config],
    [digestOf(manifest), manifest],
  ]);
  /** What was pushed, by digest. */
  const pushed = new Set<string>();
  let received = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://endless');
    const digest = pathname.slice(pathname.lastIndexOf('/') + 1);
    if (method === 'GET' || method === 'HEAD') return send(request, response, pathname, digest);
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    received += bytes;
    const location = `/v2/${PATH}/blobs/uploads/session`;
    if (pathname.includes('/manifests/')) return reply(response, 201);
    if (method === 'PUT') {
      pushed.add(searchParams.get('digest') ?? '');
      return reply(response, 201);
    }
    // Chunks are taken as they come: what counts is that each is answered.
    const [, last] = /-(\d+)$/.exec(String(request.headers['content-range'])) ?? [];
    reply(response, method === 'DELETE' ? 204 : 202, { location, ...(last && { range: `0-${last}` }) });
  }

  function send(request: IncomingMessage, response: ServerResponse, pathname: string, digest: string): void {
    const layer = pathname.startsWith(`/v2/${PATH}/blobs/`) ? blobs.get(digest) : undefined;
    const type = { 'content-type': MEDIA.ociManifest };
    if (layer === undefined) {
      const isTag = layers > 0 && pathname.endsWith('/manifests/v1');
      const bytes = isTag ? manifest : small.get(digest as Digest);
      if (bytes === undefined || !pathname.startsWith(`/v2/${PATH}/`)) {
        reply(response, pathname === '/v2/' || pushed.has(digest) ? 200 : 404);
        return;
      }
      response.writeHead(200, { ...type, 'content-length': bytes.length });
      response.end(request.method === 'HEAD' ? undefined : bytes);
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = [Number(from ?? 0), Number(to ?? layerBytes - 1) + 1];
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': end - start,
      ...(from !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${layerBytes}` }),
    });
    if (request.method === 'HEAD') return void response.end();
    const body = Math.max(start, NUMBER_BYTES);
    if (start < NUMBER_BYTES) response.write(numbered(layer).subarray(start));
    response.end(filling.subarray(body, end));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    image: { path: PATH, tag: 'v1' },
    get received() {
      return received;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function reply(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': 0, ...headers }).end();
}
