import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseRepository } from '../../src/registry/reference.ts';
import { faulty } from '../faults/registry.ts';
import { afterwards, client, registry } from './setting.ts';

const JOE = { username: 'joe', password: 'secret' };

/** A registry that gives its tags one by one, with a link of whichever form to the next. */
async function paged(link: (path: string, host: string) => string) {
  const tags = ['v1', 'v2', 'v3'];
  const server = await registry({
    login: JOE,
    intercept: (request, response) => {
      const url = new URL(request.url ?? '', 'http://registry');
      if (!url.pathname.endsWith('/tags/list') || request.headers.authorization === undefined) return false;
      const at = tags.indexOf(url.searchParams.get('last') ?? '') + 1;
      const next = `/v2/a/tags/list?last=${tags[at]}&n=1`;
      if (at < 2) response.setHeader('link', link(next, server.host));
      response.end(JSON.stringify({ name: 'a', tags: [tags[at]] }));
      return true;
    },
  });
  const credentials = { for: async () => ({ kind: 'password', ...JOE }) as const };
  const { registries } = client({ credentials });
  return { server, tags: () => registries.tags(parseRepository(`${server.host}/a`)) };
}

/** Another host beside the registry: the same machine under another name. */
async function elsewhere(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => void server.close());
  return `localhost:${(server.address() as AddressInfo).port}`;
}

describe('a list of tags', () => {
  it.each<[string, (path: string, host: string) => string]>([
    ['relative', path => `<${path}>; rel="next"`],
    ['relative to the list', path => `<list${path.slice(path.indexOf('?'))}>; rel=next`],
    ['absolute', (path, host) => `<http://${host}${path}>; rel="next"`],
    ['absolute, of another scheme', (path, host) => `<https://${host}${path}>;rel="next"`],
    ['among others', path => `</v2/>; rel="first", <${path}>; title="x"; rel="next"`],
  ])('is read to its end by links that are %s', async (_, link) => {
    const { tags } = await paged(link);
    expect(await tags()).toEqual(new Set(['v1', 'v2', 'v3']));
  });

  it('may go on at another host, which gets no login', async () => {
    const seen: (string | undefined)[] = [];
    const host = await elsewhere((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{"tags":["v9"]}');
    });
    const { tags } = await paged(path => `<http://${host}${path}>; rel="next"`);
    expect(await tags()).toEqual(new Set(['v1', 'v9']));
    expect(seen).toEqual([undefined]);
  });

  it.each(['http://169.254.169.254/', 'file:///etc/passwd', 'http://['])('does not go on at %s', async to => {
    const { tags } = await paged(() => `<${to}>; rel="next"`);
    await expect(tags()).rejects.toMatchObject({ code: 'registry-error' });
  });

  it('is followed to where the registry sends us for it', async () => {
    const host = await elsewhere((_, response) => void response.end('{"tags":["v1"]}'));
    const server = await registry({
      intercept: faulty({ kind: 'redirect', to: path => `http://${host}${path}` }),
    });
    expect(await client().registries.tags(parseRepository(`${server.host}/a`))).toEqual(new Set(['v1']));
  });

  it('that comes round again ends', async () => {
    const { server, tags } = await paged(() => '</v2/a/tags/list?last=v1>; rel="next"');
    await expect(tags()).rejects.toThrow('more than 100 pages');
    expect(server.requests.length).toBeLessThan(110);
  });
});
