import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/archive/plan.ts';
import { parsePlan, writePlan } from '../../src/archive/plan-file.ts';
import { json, sampleBackup } from './fixtures.ts';

const { plan } = await sampleBackup();

function parse(value: unknown): Plan {
  return parsePlan(json(value), 'the plan');
}

describe('a plan', () => {
  it('is read back as it was written', () => {
    const full: Plan = {
      ...plan,
      source: {
        ...plan.source,
        korifi: {
          version: 'v0.8.1',
          rootNamespace: 'cf',
          containerRepositoryPrefix: 'registry.example.com/korifi/',
          containerRegistrySecretNames: ['image-registry-credentials'],
          maxRetainedBuildsPerApp: 5,
          maxRetainedPackagesPerApp: 5,
        },
      },
      selection: {
        orgs: ['acme'],
        spaces: ['dev'],
        apps: ['*'],
        namespaces: ['cf'],
        labels: 'tier=web',
        include: ['CFApp.korifi.cloudfoundry.org'],
        exclude: ['Secret.'],
        installation: false,
        images: false,
        droplets: 'current',
        history: false,
        leftOut: [{ subject: 'Secret a/b', usedBy: ['CFApp a/c'], users: 2 }],
      },
      secrets: { kind: 'age', recipients: ['age1example'] },
      images: plan.images.map((image, at) =>
        at > 0
          ? { ...image, partOf: image.digest, attachedTo: image.digest, tag: 'sha256-0.sig' }
          : { ...image, bundle: { images: [] } },
      ),
    };
    expect(parsePlan(writePlan(full), 'the plan')).toEqual(full);
  });

  it('is the same bytes in whatever order its members were made', () => {
    const backwards = Object.fromEntries(Object.entries(plan).reverse()) as unknown as Plan;
    expect(writePlan(backwards).equals(writePlan(plan))).toBe(true);
    expect(writePlan(plan).toString()).toMatch(
      /^\{"formatVersion":1,"createdAt":"2026-11-23T12:00:00Z","tool":/,
    );
  });

  it('may say more than this program knows', () => {
    expect(parse({ ...plan, later: { member: true } })).toEqual(plan);
  });

  it('of a later format says so, whatever it looks like', () => {
    expect(() => parse({ formatVersion: 7, everything: 'else' })).toThrow(
      expect.objectContaining({
        code: 'newer-format',
        message: 'the archive has format version 7, and this program reads up to version 2',
      }),
    );
  });

  const [blob] = plan.resources;
  const [image] = plan.images;
  it.each<[string, unknown]>([
    ['it is not an object', []],
    ['formatVersion is not "1" or "2"', { ...plan, formatVersion: 0 }],
    ['formatVersion is not "1" or "2"', { ...plan, formatVersion: '1' }],
    ['createdAt is not a time', { ...plan, createdAt: 'yesterday' }],
    ['tool.version is not a string', { ...plan, tool: { name: 'x' } }],
    ['secrets.kind is not', { ...plan, secrets: { kind: 'rot13' } }],
    ['secrets.recipients is not a list', { ...plan, secrets: { kind: 'age' } }],
    [
      'resources[0].title is not a name',
      { ...plan, resources: [{ ...blob, title: 'resources/../../x.jsonl.zst' }] },
    ],
    ['resources[0].mediaType is not', { ...plan, resources: [{ ...blob, mediaType: 'text/plain' }] }],
    ['resources has the digest sha256:', { ...plan, resources: [blob, blob] }],
    ['resources has the title', { ...plan, resources: [blob, { ...blob, digest: image?.digest }] }],
    [
      'it has resources/CFApp.korifi.cloudfoundry.org-000.jsonl.zst encrypted, but secrets in plain text',
      {
        ...plan,
        resources: [{ ...blob, mediaType: 'application/vnd.asa-backup.resources.v1.jsonl+zstd+age' }],
      },
    ],
    ['images[0].digest is not a digest', { ...plan, images: [{ ...image, digest: 'sha256:00' }] }],
    ['images[0] has a tag of its own', { ...plan, images: [{ ...image, tag: 'v1' }] }],
    [
      'images[0].tag is not a tag',
      { ...plan, images: [{ ...image, attachedTo: image?.digest, tag: '../x' }] },
    ],
    ['images gives', { ...plan, images: [image, { ...image, digest: blob?.digest }] }],
    ['layers[0].size is not a whole number', { ...plan, layers: [{ ...plan.layers[0], size: -1 }] }],
    ['layers[0].size is not a whole number', { ...plan, layers: [{ ...plan.layers[0], size: 2 ** 60 }] }],
    ['layers has the digest sha256:', { ...plan, layers: [plan.layers[0], plan.layers[0]] }],
    ['losses[0].kind is not', { ...plan, losses: [{ kind: 'x', subject: '', reason: '' }] }],
  ])('is damaged where %s', (message, value) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({
        code: 'damaged',
        subject: 'the plan',
        message: expect.stringContaining(message),
      }),
    );
  });
});
