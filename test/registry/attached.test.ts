import { describe, expect, it } from 'vitest';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { createResolver } from '../../src/registry/image.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { SandboxRegistry, SandboxRegistryOptions } from '../../src/sandbox/registry/server.ts';
import { faulty } from '../faults/registry.ts';
import { cosignTag, digestsOf, fallbackEntries, pusher } from './artifacts.ts';
import { client, registry } from './setting.ts';

async function setting(options?: SandboxRegistryOptions) {
  const server = await registry(options);
  const { registries } = client();
  return { server, registries, ...pusher(registries, server.host, 'team/app') };
}

/** What a fresh resolver finds attached to an image of `team/app`. */
async function attachedTo(server: SandboxRegistry, reference: string) {
  const resolver = createResolver(client().registries, { attached: true });
  return (await resolver(parseReference(`${server.host}/team/app${reference}`))).attached;
}

const SIGNATURE = 'application/vnd.example.signature';

describe.each([
  ['by the referrers API', {}],
  ['by the referrers API in pages', { referrersPage: 1 }],
  ['by the tag that stands in for the API', { referrersPage: 0 }],
])('what is attached to an image, found %s', (_, options) => {
  it('is there with what is attached to that, however deep', async () => {
    const { server, image } = await setting(options);
    const root = await image({ layers: ['one'], tag: 'v1' });
    const sbom = await image({ layers: ['sbom'], subject: root, artifactType: 'application/spdx+json' });
    const signatures = [
      await image({ layers: ['of the image'], subject: root, artifactType: SIGNATURE }),
      await image({ layers: ['of its SBOM'], subject: sbom, artifactType: SIGNATURE }),
    ];
    await image({ layers: ['two'], tag: 'other' });
    const { found, lacking } = await attachedTo(server, ':v1');
    expect(lacking).toEqual([]);
    expect(found.map(({ subject, content }) => [subject, content.root.digest]).sort()).toEqual(
      [
        [root.digest, sbom.digest],
        [root.digest, signatures[0]?.digest],
        [sbom.digest, signatures[1]?.digest],
      ].sort(),
    );
    expect(found.at(-1)?.content.root.digest).toBe(signatures[1]?.digest);
  });

  it('is found of every platform of an index, and may be an index itself', async () => {
    const { server, image, index } = await setting(options);
    const [arm, amd] = [await image({ layers: ['arm'] }), await image({ layers: ['amd', 'amd'] })];
    const root = await index([arm, amd], { tag: 'v1' });
    const ofArm = await image({ layers: ['arm signature'], subject: arm });
    const child = await image({ layers: ['child'] });
    const ofRoot = await index([child], { subject: root });
    const ofChild = await image({ layers: ['child signature'], subject: child });
    const { found } = await attachedTo(server, ':v1');
    expect(digestsOf(found.map(({ content }) => content.root))).toEqual(digestsOf([ofArm, ofRoot, ofChild]));
  });
});

describe('a registry that takes the tag of a digest for the digest', () => {
  /** As GitLab's does, which has no referrers API either. */
  const confusing: SandboxRegistryOptions = {
    referrersPage: 0,
    intercept: (request, response) => {
      if (request.method === 'GET')
        request.url = request.url?.replace(/\/manifests\/sha256-([0-9a-f]{64})$/, '/manifests/sha256:$1');
      return faulty({ kind: 'status', status: 405, on: /tags\/list/ })(request, response);
    },
  };

  it('has nothing attached to an index by its being an index', async () => {
    const { server, image, index } = await setting(confusing);
    await index([await image({ layers: ['one'] }), await image({ layers: ['two'] })], { tag: 'v1' });
    expect(await attachedTo(server, ':v1')).toEqual({ found: [], lacking: [] });
  });

  it('is given an index of what is attached all the same', async () => {
    const { server, image } = await setting(confusing);
    const root = await image({ layers: ['one'], tag: 'v1' });
    const signature = await image({ layers: ['signature'], subject: root });
    const written = server.manifest('team/app', root.digest.replace(':', '-'))?.toString() ?? '{}';
    expect(JSON.parse(written).manifests).toMatchObject([{ digest: signature.digest }]);
  });
});

describe('what cosign attaches', () => {
  it('is found by its tags, with signatures of signatures', async () => {
    const { server, image } = await setting();
    const root = await image({ layers: ['one'], tag: 'v1' });
    const tagged = [];
    for (const ending of ['sig', 'att', 'sbom'] as const) {
      tagged.push(await image({ layers: [ending], tag: cosignTag(root, ending) }));
    }
    const [signature] = tagged;
    if (signature === undefined) throw new Error('there is a signature');
    const nested = await image({ layers: ['nested'], tag: cosignTag(signature, 'sig') });
    const { found } = await attachedTo(server, ':v1');
    expect(found.map(({ tag, content }) => [tag, content.root.digest])).toEqual([
      [cosignTag(root, 'sig'), tagged[0]?.digest],
      [cosignTag(root, 'att'), tagged[1]?.digest],
      [cosignTag(root, 'sbom'), tagged[2]?.digest],
      [cosignTag(signature, 'sig'), nested.digest],
    ]);
  });

  it('is found where the registry lists no tags, and forbids those that are not there', async () => {
    const { server, image } = await setting({
      intercept: faulty(
        { kind: 'status', status: 405, on: /tags\/list/ },
        { kind: 'status', status: 403, on: /GET .*\.(att|sbom)$/ },
      ),
    });
    const root = await image({ layers: ['one'], tag: 'v1' });
    await image({ layers: ['signature'], tag: cosignTag(root, 'sig') });
    const { found, lacking } = await attachedTo(server, ':v1');
    expect(found.map(({ tag }) => tag)).toEqual([cosignTag(root, 'sig')]);
    expect(lacking).toEqual([]);
  });

  it('is there once, with its tag, when it names its subject too', async () => {
    const { server, image } = await setting();
    const root = await image({ layers: ['one'], tag: 'v1' });
    await image({ layers: ['signature'], subject: root, tag: cosignTag(root, 'sig') });
    expect((await attachedTo(server, ':v1')).found.map(({ tag }) => tag)).toEqual([cosignTag(root, 'sig')]);
  });

  it('may be one content under several tags', async () => {
    const { server, image } = await setting();
    const root = await image({ layers: ['one'], tag: 'v1' });
    const endings = ['sig', 'att'] as const;
    for (const ending of endings) await image({ layers: ['x'], subject: root, tag: cosignTag(root, ending) });
    expect((await attachedTo(server, ':v1')).found.map(({ tag }) => tag)).toEqual(
      endings.map(ending => cosignTag(root, ending)),
    );
  });

  it('may lead back to the image, and the search ends all the same', async () => {
    const { server, image } = await setting();
    const root = await image({ layers: ['one'], tag: 'v1' });
    server.pushManifest(
      'team/app',
      JSON.parse(server.manifest('team/app', 'v1')?.toString() ?? ''),
      MEDIA.ociManifest,
      cosignTag(root, 'sig'),
    );
    const { found } = await attachedTo(server, ':v1');
    expect(found.map(({ content }) => content.root.digest)).toEqual([root.digest]);
  });
});

describe('the images of a bundle', () => {
  it('have what is attached to them, where they were found', async () => {
    const { server, registries, image } = await setting();
    const elsewhere = pusher(registries, server.host, 'elsewhere');
    const [here, there] = [await image({ layers: ['here'] }), await elsewhere.image({ layers: ['there'] })];
    const bundle = server.pushBundle('team/app', {
      images: [
        { image: `gone.example.com/app@${here.digest}` },
        { image: `${server.host}/elsewhere@${there.digest}` },
      ],
      tag: 'v1',
    });
    await image({ layers: ['1'], tag: cosignTag(here, 'sig') });
    await image({ layers: ['2'], tag: cosignTag(bundle, 'sig') });
    const signature = await elsewhere.image({ layers: ['3'], subject: there });
    const { found } = await attachedTo(server, ':v1');
    expect(found.map(({ tag, content }) => [content.repository.path, tag ?? content.root.digest])).toEqual([
      ['team/app', cosignTag(bundle, 'sig')],
      ['team/app', cosignTag(here, 'sig')],
      ['elsewhere', signature.digest],
    ]);
  });
});

describe('the search for what is attached', () => {
  it.each([
    ['one request for each manifest where the API is there', {}, 1 + 5],
    ['two in all where it is not', { referrersPage: 0 }, 1 + 2],
  ])('costs a list of tags, and %s', async (_, options, requests) => {
    const { server, image } = await setting(options);
    for (const layer of 'abcde') await image({ layers: [layer], tag: layer });
    const before = server.requests.length;
    const resolver = createResolver(client().registries, { attached: true });
    await Promise.all([...'abcde'].map(tag => resolver(parseReference(`${server.host}/team/app:${tag}`))));
    const more = server.requests.slice(before).filter(line => /referrers|tags|sha256-/.test(line));
    expect(more).toHaveLength(requests);
  });

  it('asks nothing when nobody wants it', async () => {
    const { server, image } = await setting();
    await image({ layers: ['one'], tag: 'v1' });
    await createResolver(client().registries)(parseReference(`${server.host}/team/app:v1`));
    expect(server.requests.filter(line => /referrers|tags/.test(line))).toEqual([]);
  });

  it('tells what is listed and is not there, and goes on', async () => {
    const { server, image } = await setting();
    const root = await image({ layers: ['one'], tag: 'v1' });
    const broken = await image({ layers: ['lost'], subject: root });
    const { digest } = JSON.parse(server.manifest('team/app', broken.digest)?.toString() ?? '').layers[0];
    server.deleteBlob('team/app', digest);
    const whole = await image({ layers: ['kept'], subject: root });
    const { found, lacking } = await attachedTo(server, ':v1');
    expect(digestsOf(found.map(({ content }) => content.root))).toEqual([whole.digest]);
    expect(lacking).toEqual([
      {
        what: `${server.host}/team/app@${broken.digest}`,
        reason: `the registry has no layer ${digest} of it`,
        isMissing: true,
      },
    ]);
  });

  it('tells of a list that cannot be read, and does not lose the image', async () => {
    const { server, image } = await setting({
      intercept: faulty({ kind: 'status', status: 500, on: /referrers/ }),
    });
    await image({ layers: ['one'], tag: 'v1' });
    const { found, lacking } = await attachedTo(server, ':v1');
    expect(found).toEqual([]);
    expect(lacking).toMatchObject([
      { what: expect.stringContaining('what is attached to'), reason: expect.stringContaining('500') },
    ]);
  });

  it.each([400, 401, 403, 404, 405])('is not over with one refusal (%i) of the first list', async status => {
    const { server, image } = await setting({
      intercept: faulty({ kind: 'status', status, on: /referrers/, times: 1 }),
    });
    const root = await image({ layers: ['one'], tag: 'v1' });
    const sbom = await image({ layers: ['sbom'], subject: root });
    const { found, lacking } = await attachedTo(server, ':v1');
    expect({ found: found.map(({ content }) => content.root.digest), lacking }).toEqual({
      found: [sbom.digest],
      lacking: [],
    });
  });

  it.each([
    ['a list of what is attached', /referrers/],
    ['a signature that is listed', /^GET .*\.sig$/],
  ])('tells of a later refusal of %s, which is none for want of the API', async (_, on) => {
    let strike = faulty();
    const { server, image } = await setting({ intercept: (...exchange) => strike(...exchange) });
    const [root, other] = [
      await image({ layers: ['one'], tag: 'v1' }),
      await image({ layers: ['two'], tag: 'v2' }),
    ];
    await image({ layers: ['sbom'], subject: other });
    await image({ layers: ['signature'], tag: cosignTag(other, 'sig') });
    const resolver = createResolver(client().registries, { attached: true });
    expect(root.digest).toBe((await resolver(parseReference(`${server.host}/team/app:v1`))).root.digest);
    strike = faulty({ kind: 'status', status: 403, on, times: 1 });
    const { attached } = await resolver(parseReference(`${server.host}/team/app:v2`));
    expect(attached.lacking).toMatchObject([{ reason: expect.stringContaining('answered 403') }]);
  });

  it('may find some repositories of a registry without the API', async () => {
    const { server, image } = await setting({
      intercept: faulty({ kind: 'status', status: 404, on: /v2\/cache\/.*referrers/ }),
    });
    await image({ layers: ['one'], tag: 'v1' });
    await pusher(client().registries, server.host, 'cache/app').image({ layers: ['two'], tag: 'v1' });
    const resolver = createResolver(client().registries, { attached: true });
    for (const path of ['team/app', 'cache/app']) {
      const { attached } = await resolver(parseReference(`${server.host}/${path}:v1`));
      expect(attached).toEqual({ found: [], lacking: [] });
    }
  });

  it('ends with a list that does not', async () => {
    const { server, image } = await setting({
      intercept: (request, response) => {
        if (!request.url?.includes('/referrers/')) return false;
        response.setHeader('link', `<${request.url}>; rel="next"`);
        response.setHeader('content-type', MEDIA.ociIndex);
        response.end(JSON.stringify({ schemaVersion: 2, manifests: [] }));
        return true;
      },
    });
    await image({ layers: ['one'], tag: 'v1' });
    expect((await attachedTo(server, ':v1')).lacking).toMatchObject([
      { reason: "the registry's list has more than 100 pages" },
    ]);
  });
});

describe('a manifest with a subject', () => {
  it('is entered in the index under the tag when the registry does not look at subjects', async () => {
    const { registries, repository, image } = await setting({ referrersPage: 0 });
    const root = await image({ layers: ['one'] });
    const annotations = { 'org.example.note': 'first' };
    const first = await image({ layers: ['a'], subject: root, artifactType: SIGNATURE, annotations });
    const others = await Promise.all(['b', 'c', 'd'].map(layer => image({ layers: [layer], subject: root })));
    await registries.pushManifest(
      repository,
      await registries.manifest({ ...repository, digest: first.digest }),
    );
    const entries = await fallbackEntries(registries, repository, root);
    expect(entries[0]).toEqual({ ...first, artifactType: SIGNATURE, annotations });
    expect(entries).toHaveLength(4);
    expect(digestsOf(entries)).toEqual(digestsOf([first, ...others]));
  });

  it('leaves the entries of others as they are', async () => {
    const { server, registries, repository, image } = await setting({ referrersPage: 0 });
    const root = await image({ layers: ['one'] });
    const other = await image({ layers: ['other'] });
    const entry = { ...other, platform: { os: 'linux' } };
    const index = { schemaVersion: 2, manifests: [entry], annotations: { kept: 'yes' } };
    server.pushManifest('team/app', index, MEDIA.ociIndex, root.digest.replace(':', '-'));
    const own = await image({ layers: ['a'], subject: root });
    expect(await fallbackEntries(registries, repository, root)).toMatchObject([entry, own]);
    const tag = root.digest.replace(':', '-');
    expect(JSON.parse(server.manifest('team/app', tag)?.toString() ?? '').annotations).toEqual({
      kept: 'yes',
    });
  });

  it('does not overwrite an image that has that tag', async () => {
    const { image } = await setting({ referrersPage: 0 });
    const root = await image({ layers: ['one'] });
    await image({ layers: ['x'], tag: root.digest.replace(':', '-') });
    await expect(image({ layers: ['a'], subject: root })).rejects.toMatchObject({
      message: 'the tag under which attached artifacts are listed is taken',
    });
  });

  it('makes no index where the registry looks at subjects itself', async () => {
    const { server, image } = await setting();
    const root = await image({ layers: ['one'] });
    await image({ layers: ['a'], subject: root });
    expect(server.tags('team/app')).toEqual([]);
  });
});
