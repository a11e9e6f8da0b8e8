import type { Digest } from '../../base/digest.ts';
import { type Repository, showRepository } from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';
import type { Intent } from './records.ts';
import type { JournalWriter } from './writer.ts';

/**
 * The same registries with every write in the journal, and, of manifests and tags, what was there before: nobody can
 * tell afterwards.
 */
export function recordRegistries(registries: Registries, journal: JournalWriter): Registries {
  const recorded = async <T>(intent: Intent, write: () => Promise<T>, isDone: (answer: T) => boolean) => {
    const n = journal.begin(intent);
    const answer = await write();
    journal.end(n, { is: isDone(answer) ? 'done' : 'refused' });
    return answer;
  };
  const before = (at: Repository, digest: Digest, tag: string | undefined, signal?: AbortSignal) =>
    registries.hasManifest({ ...at, ...(tag === undefined ? { digest } : { tag }) }, signal);
  return {
    ...registries,
    pushManifest: async (at, manifest, tag, signal) => {
      const { digest } = manifest.descriptor;
      const found = await before(at, digest, tag, signal);
      const intent = { verb: 'push', repository: showRepository(at), digest, tag, before: found } as const;
      await recorded(
        intent,
        () => registries.pushManifest(at, manifest, tag, signal),
        () => true,
      );
    },
    deleteManifest: (reference, signal) => {
      const { tag, digest = '' } = reference;
      const intent = { verb: 'untag', repository: showRepository(reference), digest, tag } as const;
      return recorded(
        intent,
        () => registries.deleteManifest(reference, signal),
        () => true,
      );
    },
    pushBlob: (at, descriptor, ...rest) =>
      recorded(
        { verb: 'upload', repository: showRepository(at), digest: descriptor.digest },
        () => registries.pushBlob(at, descriptor, ...rest),
        () => true,
      ),
    mountBlob: (at, digest, ...rest) =>
      recorded(
        { verb: 'mount', repository: showRepository(at), digest },
        () => registries.mountBlob(at, digest, ...rest),
        isMounted => isMounted,
      ),
  };
}
