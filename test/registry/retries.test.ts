import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/registry/reference.ts';
import { RetryBudget, retryAfter } from '../../src/registry/retry.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, registry } from './setting.ts';

const PASSING: [string, Fault, string][] = [
  ['a reset before the answer', { kind: 'reset', after: -1, times: 2 }, 'no connection to HOST: it was'],
  ['a closed connection', { kind: 'truncate', after: -1, times: 2 }, 'no connection to HOST: '],
  ['a reset in the body', { kind: 'reset', after: 20, times: 2 }, 'no connection to HOST: '],
  ['a body that breaks off', { kind: 'truncate', after: 20, times: 2 }, 'no connection to HOST: '],
  ['an internal error', { kind: 'status', status: 500, times: 2 }, 'HOST answered 500'],
  ['a bad gateway', { kind: 'status', status: 502, body: '<html>', times: 2 }, 'HOST answered 502'],
  ['a request that took too long', { kind: 'status', status: 408, times: 2 }, 'HOST answered 408'],
  ['too many requests', { kind: 'status', status: 429, times: 2 }, 'HOST answered 429'],
];

describe('what may pass', () => {
  it.each(PASSING)('%s: is tried again, and told', async (_, fault, reason) => {
    const server = await registry({ intercept: faulty(fault) });
    const image = server.pushImage('a', { layers: [], tag: 'v1' });
    const { registries, retries } = client();
    const { descriptor } = await registries.manifest(parseReference(image.reference));
    expect(descriptor.digest).toBe(image.digest);
    expect(retries).toEqual(
      [1, 2].map(attempt => ({
        subject: image.reference,
        reason: expect.stringContaining(reason.replace('HOST', server.host)),
        attempt,
        delayMs: expect.any(Number),
      })),
    );
  });

  it.each(PASSING)('%s: fails as such when it stays', async (_, { times: _times, ...fault }, reason) => {
    const server = await registry({ intercept: faulty(fault as Fault) });
    const image = server.pushImage('a', { layers: [] });
    const { registries, retries } = client();
    await expect(registries.manifest(parseReference(image.reference))).rejects.toMatchObject({
      code: reason.includes('answered') ? 'registry-error' : 'not-connected',
      message: expect.stringContaining(reason.replace('HOST', server.host)),
      subject: image.reference,
    });
    expect(retries).toHaveLength(3);
  });

  it.each(['more than was said', 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n'])(
    'an answer that is no HTTP (%j) is tried again',
    async text => {
      let left = 2;
      const server = await registry({
        intercept: (_, response) => {
          if (left-- <= 0) return false;
          response.socket?.end(text);
          return true;
        },
      });
      const image = server.pushImage('a', { layers: [], tag: 'v1' });
      const { registries, retries } = client({ plainHttp: new Set([server.host]) });
      expect((await registries.manifest(parseReference(image.reference))).descriptor.digest).toBe(
        image.digest,
      );
      expect(retries).toHaveLength(2);
    },
  );

  it('waits as long as the registry asks for', async () => {
    const server = await registry({
      intercept: faulty({ kind: 'status', status: 429, headers: { 'retry-after': '1' }, times: 1 }),
    });
    const image = server.pushImage('a', { layers: [] });
    const { registries, retries } = client();
    const before = performance.now();
    await registries.manifest(parseReference(image.reference));
    expect(performance.now() - before).toBeGreaterThanOrEqual(990);
    expect(retries[0]?.delayMs).toBeGreaterThanOrEqual(1000);
    expect(retries[0]?.delayMs).toBeLessThan(1010);
  });

  it('does not wait for what no attempt would outlast, and tells until when', async () => {
    const headers = { 'retry-after': String(6 * 60 * 60) };
    const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"your pull rate limit"}]}';
    const server = await registry({ intercept: faulty({ kind: 'status', status: 429, headers, body }) });
    const { registries, retries } = client();
    const until = new Date(Date.now() + 6 * 60 * 60 * 1000).toISOString().slice(0, 13).replace('T', ' ');
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'registry-error',
      message: `${server.host} answered 429: TOOMANYREQUESTS: your pull rate limit`,
      hints: [
        expect.stringContaining(`it asks for no more requests until ${until}`),
        'try again later, or log in: registries allow more to those they know',
      ],
    });
    expect(retries).toEqual([]);
  });
});

describe('a run', () => {
  it('repeats no more requests than its budget has, and says so', async () => {
    const server = await registry({ intercept: faulty({ kind: 'status', status: 503, on: /x[0-9]$/ }) });
    const { registries, retries } = client({ retry: { budget: new RetryBudget(7) } });
    const attempts = [1, 2, 3, 4].map(async n => {
      await registries.manifest(parseReference(`${server.host}/a:x${n}`)).catch(error => {
        throw new Error(error.hints.join());
      });
    });
    const hint = '7 requests of this run had to be repeated';
    const results = await Promise.allSettled(attempts);
    expect(retries).toHaveLength(7);
    const hinted = results.filter(
      result => result.status === 'rejected' && result.reason.message.includes(hint),
    );
    expect(hinted.length).toBeGreaterThan(0);
  });
});

describe('what will not pass', () => {
  it('a registry that nobody listens for fails at once', async () => {
    const server = await registry();
    await server.stop();
    const { registries, retries } = client();
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toMatchObject({
      code: 'not-connected',
      message: `no connection to ${server.host}: nothing listens there`,
    });
    expect(retries).toEqual([]);
  });

  it('a name that nobody knows fails at once, with a hint', async () => {
    const { registries, retries } = client();
    await expect(registries.manifest(parseReference('nowhere.invalid/a:v1'))).rejects.toMatchObject({
      code: 'not-connected',
      message: 'no connection to nowhere.invalid: no such host',
      hints: ['is the name known to the cluster only? pass --registry-endpoint nowhere.invalid=URL'],
    });
    expect(retries).toEqual([]);
  });

  it('a registry that has answered before may be starting again', async () => {
    const server = await registry();
    const image = server.pushImage('a', { layers: [] });
    const { registries, retries } = client();
    await registries.manifest(parseReference(image.reference));
    await server.stop();
    await expect(registries.manifest(parseReference(image.reference))).rejects.toMatchObject({
      code: 'not-connected',
    });
    expect(retries).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 501])('%i is final', async status => {
    const server = await registry({ intercept: faulty({ kind: 'status', status }) });
    const { registries, retries } = client();
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
      `${server.host} answered ${status}`,
    );
    expect(retries).toEqual([]);
  });
});

describe('Retry-After', () => {
  it.each([
    ['3', 3000],
    ['0', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    [undefined, undefined],
  ])('%s is %s', (header, delay) => {
    expect(retryAfter(header)).toBe(delay);
  });

  it('may be a date', () => {
    expect(retryAfter(new Date(Date.now() + 5000).toUTCString())).toBeGreaterThan(3000);
    expect(retryAfter(new Date(0).toUTCString())).toBe(0);
    const seconds = Math.ceil(Date.now() / 1000) + 5;
    expect(retryAfter(String(seconds))).toBeGreaterThan(3000);
    expect(retryAfter(String(seconds))).toBeLessThan(7000);
  });
});
