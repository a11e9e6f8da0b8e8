import { type AddressInfo, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/registry/descriptor.ts';
import { FastLane, type Outcome } from '../../src/registry/fast-lane.ts';
import { Network } from '../../src/registry/network.ts';
import type { Part } from '../../src/registry/ranges.ts';
import { selfSigned } from './certificate.ts';
import { afterwards, descriptorOf, patterned, registry } from './setting.ts';

const BLOB = patterned(100_000);
const NEVER = new AbortController().signal;

/** A server that answers each request with what the script has for it next; a number is a pause in milliseconds. */
async function scripted(...answers: readonly (readonly (string | Buffer | number | 'reset' | 'end')[])[]) {
  const requests: string[] = [];
  let connections = 0;
  const play = async (socket: Socket, steps: readonly (string | Buffer | number)[]) => {
    for (const step of steps) {
      if (step === 'reset') socket.resetAndDestroy();
      else if (step === 'end') socket.end();
      else if (typeof step === 'number') await new Promise(resolve => setTimeout(resolve, step));
      else socket.write(step);
    }
  };
  const server = createServer(socket => {
    connections++;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', data => {
      requests.push(data.toString('latin1'));
      void play(socket, answers[requests.length - 1] ?? ['end']);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, requests, connections: () => connections };
}

function lane(host: string, options: { authorization?: string; ca?: string; tls?: boolean } = {}) {
  const { authorization, ca, tls } = options;
  const network = new Network({
    environment: {},
    plainHttp: new Set(tls ? [] : [host]),
    ...(ca === undefined ? {} : { ca }),
  });
  const fast = new FastLane(network, async () => authorization);
  afterwards(async () => {
    fast.close();
    await network.close();
  });
  const repository = { registry: host, path: 'a/b' };
  const whole = { offset: 0, length: BLOB.length };
  return async (part: Part = whole, descriptor: Descriptor = descriptorOf(BLOB), signal = NEVER) => {
    const into = Buffer.alloc(part.length);
    const outcome = await fast.read(repository, descriptor, { ...part, into, signal });
    return { outcome, right: into.equals(BLOB.subarray(part.offset, part.offset + part.length)) };
  };
}

const OK = `HTTP/1.1 200 OK\r\nContent-Length: ${BLOB.length}\r\n\r\n`;
const RIGHT = { outcome: 'filled', right: true };

describe('the fast lane', () => {
  it('asks for a blob in plain words, and for the next over the same connection', async () => {
    const server = await scripted([OK, BLOB], [OK, BLOB]);
    const read = lane(server.host, { authorization: 'Bearer token' });
    expect(await read()).toEqual(RIGHT);
    expect(await read()).toEqual(RIGHT);
    expect(server.connections()).toBe(1);
    expect(server.requests[0]).toBe(
      `GET /v2/a/b/blobs/${descriptorOf(BLOB).digest} HTTP/1.1\r\nhost: ${server.host}\r\n` +
        'user-agent: kubectl-asa-backup\r\nauthorization: Bearer token\r\n\r\n',
    );
  });

  it('asks for a range, and takes exactly that', async () => {
    const head = `HTTP/1.1 206 Partial\r\ncontent-range: bytes 100-199/${BLOB.length}\r\ncontent-length: 100\r\n\r\n`;
    const server = await scripted([head, BLOB.subarray(100, 200)]);
    expect(await lane(server.host)({ offset: 100, length: 100 })).toEqual(RIGHT);
    expect(server.requests[0]).toContain('\r\nrange: bytes=100-199\r\n');
  });

  it('puts a head together that comes byte by byte, and a body in pieces', async () => {
    const pieces = [...OK].flatMap(byte => [byte, 1]);
    const body = [BLOB.subarray(0, 1), 5, BLOB.subarray(1, 50_000), 5, BLOB.subarray(50_000)];
    const server = await scripted([...pieces, ...body]);
    expect(await lane(server.host)()).toEqual(RIGHT);
  });

  it('uses one connection for each read that is under way', async () => {
    const server = await scripted([30, OK, BLOB], [30, OK, BLOB], [30, OK, BLOB], [OK, BLOB]);
    const read = lane(server.host);
    expect(await Promise.all([read(), read(), read()])).toEqual([RIGHT, RIGHT, RIGHT]);
    expect(await read()).toEqual(RIGHT);
    expect(server.connections()).toBe(3);
  });

  it.each([
    ['asked for', `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${BLOB.length}\r\n\r\n`, []],
    ['made doubtful by too many bytes', OK, [Buffer.from('HTTP/1.1 200 OK\r\n')]],
  ])('makes another connection when the end of one was %s', async (_, head, more) => {
    const server = await scripted([Buffer.concat([Buffer.from(head), BLOB, ...more])], [OK, BLOB]);
    const read = lane(server.host);
    expect(await read()).toEqual(RIGHT);
    expect(await read()).toEqual(RIGHT);
    expect(server.connections()).toBe(2);
  });

  it.each([
    ['end', 20],
    ['reset', 20],
    ['reset', 0],
  ])('asks again when an idle connection was closed (%s after %i ms)', async (how, delay) => {
    const server = await scripted([OK, BLOB], delay > 0 ? [OK, BLOB] : [how], [OK, BLOB]);
    const read = lane(server.host);
    expect(await read()).toEqual(RIGHT);
    if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay));
    expect(await read()).toEqual(RIGHT);
  });

  it.each([
    ['nothing at all', ['end'], 'broken'],
    ['a reset', ['reset'], 'broken'],
    ['half a head', [OK.slice(0, 20), 'end'], 'broken'],
    ['half a body', [OK, BLOB.subarray(0, 50_000), 20, 'end'], 'broken'],
    ['half a body and a reset', [OK, BLOB.subarray(0, 50_000), 20, 'reset'], 'broken'],
    ['something else than HTTP', ['SSH-2.0-OpenSSH_9.6\r\n\r\n'], 'unusual'],
    ['HTTP/1.0', [OK.replace('1.1', '1.0'), BLOB], 'unusual'],
    ['a head without end', [`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}`], 'unusual'],
    ['a line that is no field', [OK.replace('\r\n\r\n', '\r\n folded\r\n\r\n'), BLOB], 'unusual'],
    ['two lengths', [OK.replace('\r\n\r\n', '\r\ncontent-length: 5\r\n\r\n'), BLOB], 'unusual'],
    ['another length', [OK.replace(String(BLOB.length), '99999'), BLOB], 'unusual'],
    ['a length in other words', [OK.replace(String(BLOB.length), `+${BLOB.length}`), BLOB], 'unusual'],
    ['no length', ['HTTP/1.1 200 OK\r\n\r\n', BLOB, 'end'], 'unusual'],
    ['chunks', [OK.replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n'), BLOB], 'unusual'],
    ['gzip', [OK.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n'), BLOB], 'unusual'],
    ['206 to a request for the whole', [OK.replace('200', '206'), BLOB], 'unusual'],
    ['a challenge', ['HTTP/1.1 401 No\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n'], 'unusual'],
    ['100 Continue', ['HTTP/1.1 100 Continue\r\n\r\n', OK, BLOB], 'unusual'],
  ] as const)('leaves %s to others', async (_, steps, outcome) => {
    const server = await scripted(steps);
    expect(await lane(server.host)()).toMatchObject({ outcome } satisfies { outcome: Outcome });
  });

  it.each([
    ['the whole blob', OK, BLOB],
    [
      'another range',
      `HTTP/1.1 206 P\r\ncontent-range: bytes 0-99/${BLOB.length}\r\ncontent-length: 100\r\n\r\n`,
      BLOB.subarray(0, 100),
    ],
    [
      'a range of another blob',
      'HTTP/1.1 206 P\r\ncontent-range: bytes 100-199/200\r\ncontent-length: 100\r\n\r\n',
      BLOB.subarray(0, 100),
    ],
    ['no range', 'HTTP/1.1 206 P\r\ncontent-length: 100\r\n\r\n', BLOB.subarray(0, 100)],
  ])('leaves %s as an answer to a range to others', async (_, head, body) => {
    const server = await scripted([head, body]);
    expect(await lane(server.host)({ offset: 100, length: 100 })).toMatchObject({ outcome: 'unusual' });
  });

  it('is not tried again where answers are redirects', async () => {
    const redirect =
      'HTTP/1.1 307 There\r\nlocation: https://store.example.com/\r\ncontent-length: 0\r\n\r\n';
    const server = await scripted([redirect], [OK, BLOB]);
    const read = lane(server.host);
    expect(await read()).toMatchObject({ outcome: 'unusual' });
    expect(await read()).toMatchObject({ outcome: 'unusual' });
    expect(server.requests).toHaveLength(1);
  });

  it('does not send a login that would be more than one line', async () => {
    const server = await scripted([OK, BLOB]);
    expect(await lane(server.host, { authorization: 'Bearer a\r\nx: y' })()).toMatchObject({
      outcome: 'unusual',
    });
    expect(server.requests).toEqual([]);
  });

  it('ends with the reason of a signal, and its connection with it', async () => {
    const server = await scripted([OK, BLOB.subarray(0, 10)], [OK, BLOB]);
    const controller = new AbortController();
    const read = lane(server.host);
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(read(undefined, undefined, controller.signal)).rejects.toThrow('enough');
    expect(await read()).toEqual(RIGHT);
    expect(server.connections()).toBe(2);
  });

  it('is broken where nobody listens', async () => {
    const server = await registry();
    await server.stop();
    expect(await lane(server.host)()).toMatchObject({ outcome: 'broken' });
  });
});

describe('parts that follow one another', () => {
  const THIRD = 40_000;
  const end = BLOB.length;
  const parts: readonly Part[] = [
    { offset: 0, length: THIRD, end },
    { offset: THIRD, length: THIRD, end },
    { offset: 2 * THIRD, length: end - 2 * THIRD, end },
  ];

  it('come of one request, whether they are asked for at once or later', async () => {
    const server = await scripted([OK, BLOB], [OK, BLOB]);
    const read = lane(server.host);
    expect(await Promise.all(parts.map(part => read(part)))).toEqual([RIGHT, RIGHT, RIGHT]);
    for (const part of parts) expect(await read(part)).toEqual(RIGHT);
    expect(server.requests).toHaveLength(2);
    expect(server.connections()).toBe(1);
  });

  it('are right, however the blob is cut, its bytes come and the parts are asked for', async () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: end - 1 }), { maxLength: 8 });
    const pieces = fc.array(fc.integer({ min: 0, max: end }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, pieces, fc.nat(9), async (borders, ends, together) => {
        const at = [0, ...borders.sort((a, b) => a - b), end];
        const sent = [0, ...ends.sort((a, b) => a - b), end];
        const body = sent.slice(1).flatMap((to, n) => [BLOB.subarray(sent[n], to), 1]);
        const server = await scripted([OK, ...body], [OK, BLOB]);
        const read = lane(server.host);
        const cut = at.slice(1).map((to, n) => ({ offset: at[n] ?? 0, length: to - (at[n] ?? 0), end }));
        const ahead = cut.slice(0, together).map(part => read(part));
        expect(await Promise.all(ahead)).toEqual(ahead.map(() => RIGHT));
        for (const part of cut.slice(together)) expect(await read(part)).toEqual(RIGHT);
        expect(server.requests).toHaveLength(1);
        expect(await read()).toEqual(RIGHT);
        expect(server.connections()).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it('wait in the registry until there is room for them', async () => {
    let sent = 0;
    const size = 64 * 1024 * 1024;
    const server = await registry({
      intercept: (_, response) => {
        const write = response.write.bind(response) as (chunk: Buffer) => boolean;
        response.write = ((chunk: Buffer) => {
          sent += chunk.length;
          return write(chunk);
        }) as typeof response.write;
        return false;
      },
    });
    const blob = patterned(size);
    server.pushBlob('a/b', blob);
    const read = lane(server.host);
    await read({ offset: 0, length: 1000, end: size }, descriptorOf(blob));
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(sent).toBeLessThan(size / 2);
  });

  it('of a broken answer are asked for anew, but for the one that it broke in', async () => {
    const rest = `HTTP/1.1 206 P\r\ncontent-range: bytes ${2 * THIRD}-${end - 1}/${end}\r\ncontent-length: ${end - 2 * THIRD}\r\n\r\n`;
    const server = await scripted(
      [OK, BLOB.subarray(0, THIRD + 10), 20, 'reset'],
      [rest, BLOB.subarray(2 * THIRD)],
    );
    const read = lane(server.host);
    const came = await Promise.all(parts.map(part => read(part)));
    expect(came).toMatchObject([RIGHT, { outcome: 'broken' }, RIGHT]);
    expect(server.requests[1]).toContain(`range: bytes=${2 * THIRD}-${end - 1}`);
  });

  it('that others do not follow give their connection up', async () => {
    const server = await scripted([OK, BLOB.subarray(0, THIRD)], [OK, BLOB]);
    const read = lane(server.host);
    expect(await read(parts[0])).toEqual(RIGHT);
    expect(await read(parts[0])).toEqual(RIGHT);
    expect(server.requests).toHaveLength(2);
    expect(server.connections()).toBe(2);
  });

  it('that are given up before their request is sent are not asked for', async () => {
    const server = await scripted([OK, BLOB]);
    const network = new Network({ environment: {}, plainHttp: new Set([server.host]) });
    const login = Promise.withResolvers<undefined>();
    const fast = new FastLane(network, () => login.promise);
    const wanted = { offset: 0, length: THIRD, end, into: Buffer.alloc(THIRD) };
    const reading = fast.read({ registry: server.host, path: 'a/b' }, descriptorOf(BLOB), wanted);
    // What it needs before the login: nothing takes longer than a turn.
    await new Promise(resolve => setTimeout(resolve, 10));
    fast.close();
    expect(await reading).toBe('broken');
    login.resolve(undefined);
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(server.connections()).toBe(0);
    await network.close();
  });

  it('are all given up when the signal says so', async () => {
    const server = await scripted([OK, BLOB.subarray(0, THIRD)]);
    const controller = new AbortController();
    const read = lane(server.host);
    const reading = parts.map(part => read(part, undefined, controller.signal));
    await reading[0];
    controller.abort(new Error('enough'));
    expect(await Promise.allSettled(reading.slice(1))).toMatchObject([
      { status: 'rejected', reason: { message: 'enough' } },
      { status: 'rejected', reason: { message: 'enough' } },
    ]);
  });
});

describe('over TLS, the fast lane', () => {
  it('reads as well', async () => {
    const tls = selfSigned();
    const server = await registry({ tls });
    server.pushBlob('a/b', BLOB);
    const read = lane(server.host, { ca: tls.cert, tls: true });
    expect(await read()).toEqual(RIGHT);
    expect(await read({ offset: 5, length: 90_000 })).toEqual(RIGHT);
  });

  it('holds what was decrypted until there is room for it', async () => {
    const tls = selfSigned();
    const server = await registry({ tls });
    const blob = patterned(1_000_000);
    server.pushBlob('a/b', blob);
    const read = lane(server.host, { ca: tls.cert, tls: true });
    for (let offset = 0; offset < blob.length; offset += 12_500) {
      const part = { offset, length: 12_500, end: blob.length };
      expect(await read(part, descriptorOf(blob))).toMatchObject({ outcome: 'filled' });
    }
    expect(server.requests).toHaveLength(1);
    const whole = { offset: 0, length: blob.length };
    expect(await read(whole, descriptorOf(blob))).toMatchObject({ outcome: 'filled' });
  });

  it('gives nobody anything whom it does not trust', async () => {
    const server = await registry({ tls: selfSigned() });
    server.pushBlob('a/b', BLOB);
    expect(await lane(server.host, { tls: true, authorization: 'Bearer s' })()).toMatchObject({
      outcome: 'broken',
    });
    expect(server.requests).toEqual([]);
  });
});
