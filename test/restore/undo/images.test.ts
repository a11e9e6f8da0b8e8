import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/base/errors.ts';
import type { KubeObject } from '../../../src/base/object.ts';
import type { ApiResource } from '../../../src/cluster/cluster.ts';
import type { Reference } from '../../../src/registry/reference.ts';
import type { ManifestIntent } from '../../../src/restore/journal/records.ts';
import { removeImages } from '../../../src/restore/undo/images.ts';

const AT = 'registry.example.com/korifi/app-droplets';
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [INDEX, CHILD, THEIRS] = ['a', 'b', 'c'].map(digest) as [string, string, string];

interface Given {
  /** Tags of the repository by now. */
  readonly tags: Readonly<Record<string, string>>;
  /** What the foundation names. */
  readonly named?: string;
  /** Whether the registry says no. */
  readonly refuses?: (what: string) => boolean;
}

/** Takes back what a restore has pushed: a child, its index, and the index's tag. */
async function remove({ tags, named, refuses = () => false }: Given, at = AT) {
  const pushed: ManifestIntent[] = [
    { verb: 'push', repository: at, digest: CHILD },
    { verb: 'push', repository: at, digest: INDEX },
    { verb: 'push', repository: at, digest: INDEX, tag: 'v1' },
  ];
  const deleted: string[] = [];
  const build: KubeObject = {
    apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
    kind: 'CFBuild',
    metadata: { namespace: 'space', name: 'build' },
    status: { droplet: { registry: { image: named ?? 'not an image:' } } },
  };
  const cluster = {
    discover: async () => ({ find: (_: string, kind: string) => ({ kind }) }),
    async *list({ kind }: ApiResource) {
      yield kind === 'CFBuild' ? [build] : [];
    },
  };
  const registries = {
    tags: async () => new Set(Object.keys(tags)),
    hasManifest: async ({ tag }: Reference) => tags[tag ?? ''],
    deleteManifest: async ({ tag, digest: of }: Reference) => {
      const what = tag ?? of ?? '';
      if (refuses(what)) throw new Failure('registry-error', 'it deletes nothing');
      deleted.push(what);
      return true;
    },
  };
  const journal = { pushed: () => pushed };
  const { removed, losses } = await removeImages(
    ...([journal, cluster, registries, () => undefined] as unknown as Parameters<typeof removeImages>),
  );
  return { removed, deleted, losses: losses.map(({ reason }) => reason) };
}

describe('the images of a restore that is undone', () => {
  it('go, tags first and parents before their children', async () => {
    const gone = ['v1', INDEX, CHILD];
    expect(await remove({ tags: { v1: INDEX } })).toEqual({ removed: 3, deleted: gone, losses: [] });
  });

  it('stay where the foundation names anything of their repository', async () => {
    const told = ['its images stay: the foundation still names some of them'];
    const given = { tags: { v1: INDEX }, named: `${AT}@${THEIRS}` };
    expect(await remove(given)).toEqual({ removed: 0, deleted: [], losses: told });
  });

  it('go where it names one of another repository', async () => {
    expect(await remove({ tags: {}, named: `${AT}-2@${THEIRS}` })).toMatchObject({ removed: 2 });
  });

  it('stay where somebody else has given them a tag', async () => {
    const tags = { v1: INDEX, theirs: CHILD };
    expect((await remove({ tags })).deleted).toEqual(['v1', INDEX]);
  });

  it('leave a tag that names another image by now', async () => {
    expect((await remove({ tags: { v1: THEIRS } })).deleted).toEqual([INDEX, CHILD]);
  });

  it('stay in a registry that deletes nothing, which is told', async () => {
    const given = { tags: { v1: INDEX }, refuses: () => true };
    const losses = ['its images stay: it deletes nothing'];
    expect(await remove(given)).toEqual({ removed: 0, deleted: [], losses });
  });

  it('take along a tag that cannot be deleted alone, and not where its image stays', async () => {
    const refuses = (what: string) => what === 'v1';
    expect(await remove({ tags: { v1: INDEX }, refuses })).toMatchObject({
      ...{ deleted: [INDEX, CHILD], losses: [] },
    });
    const tags = { v1: INDEX, theirs: INDEX };
    expect(await remove({ tags, refuses })).toMatchObject({
      ...{ deleted: [], losses: ['its images stay: it deletes nothing'] },
    });
  });
});
