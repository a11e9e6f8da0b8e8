import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { parseReference } from '../../src/registry/reference.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { exportImages, restoreImages } from '../restore/images/move-images.ts';
import { client, patterned, registry } from './setting.ts';

/** A registry in which somebody pushes another image to the tag before every request for it. */
async function restless(): Promise<{ server: SandboxRegistry; pushed: string[] }> {
  const pushed: string[] = [];
  const push = () => {
    const { digest } = server.pushImage('app', { layers: [patterned(5000, pushed.length)], tag: 'v1' });
    pushed.push(digest);
  };
  const intercept = ({ url = '' }: IncomingMessage) => {
    if (url.endsWith('/manifests/v1')) push();
    return false;
  };
  const server = await registry({ intercept });
  push();
  return { server, pushed };
}

it('a manifest that changes between HEAD and GET is had as it is then, and never a mixture', async () => {
  const { server, pushed } = await restless();
  const { registries } = client();
  const reference = parseReference(`${server.host}/app:v1`);
  const head = await registries.hasManifest(reference);
  const { descriptor } = await registries.manifest(reference);
  expect([head, descriptor.digest]).toEqual(pushed.slice(1));
  expect(head).not.toBe(descriptor.digest);
});

it('a tag that moves all the time is exported as one image, whole, by whatever names it', async () => {
  const { server, pushed } = await restless();
  const target = await registry();
  const { registries } = client();
  const names = [`${server.host}/app:v1`, `${server.host.toUpperCase()}/app:v1`];
  const { plan, archive } = await exportImages(names, registries);
  expect(plan.losses).toEqual([]);
  const [one, ...others] = new Set(plan.images.map(({ digest }) => digest));
  expect({ others, isOne: pushed.includes(one ?? '') }).toEqual({ others: [], isOne: true });
  expect(plan.layers).toHaveLength(1);
  await restoreImages(archive, registries, [{ from: server.host, to: target.host }]);
  expect(await registries.hasManifest(parseReference(`${target.host}/app:v1`))).toBe(one);
});

it('a manifest whose bytes are not those that its answer names is refused', async () => {
  const server = await registry({
    intercept: (_, response) => {
      const { writeHead } = response;
      const digest = `sha256:${'0'.repeat(64)}`;
      response.writeHead = ((status: number, headers: object) =>
        writeHead.call(response, status, {
          ...headers,
          'docker-content-digest': digest,
        })) as typeof writeHead;
      return false;
    },
  });
  server.pushImage('app', { layers: [], tag: 'v1' });
  await expect(client().registries.manifest(parseReference(`${server.host}/app:v1`))).rejects.toMatchObject({
    code: 'content-mismatch',
  });
});
