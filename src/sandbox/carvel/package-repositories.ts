import { loadAll } from 'js-yaml';
import { reasonOf } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import { type Bundle, fetchBundle, rewritten } from '../images/bundle.ts';
import { KINDS } from '../kinds.ts';
import type { CarvelTools } from './carvel.ts';
import { logsIn, pullSecret } from './pull-secrets.ts';
import { conclude, hold, isReconciled, lockOutput } from './status.ts';

const FINALIZER = 'finalizers.packagerepository.packaging.carvel.dev/delete';
const REPOSITORY_REF = 'packaging.carvel.dev/package-repository-ref';

/** A repository's bundle becomes Packages in its namespace, naming the images where the bundle is now. */
export function packageRepositories({ images }: CarvelTools): Rule {
  return {
    name: 'PackageRepository',
    kind: KINDS.PackageRepository,
    async reconcile(found, world) {
      const kind = KINDS.PackageRepository;
      if (found.spec.paused) return void (await world.status(kind, found, { friendlyDescription: 'Paused' }));
      if (found.metadata.deletionTimestamp !== undefined) {
        for (const made of packagesOf(world, found)) await world.delete(resourceOf(made), made);
        return world.dropFinalizer(kind, found, FINALIZER);
      }
      const repository = await hold(world, kind, found, FINALIZER);
      if (isReconciled(repository)) return;
      const { image, secretRef } = repository.spec.fetch.imgpkgBundle;
      const secret = await pullSecret(world, repository, secretRef?.name);
      if (!logsIn(world, repository.metadata.namespace, secret, images.registry)) {
        const failed = `vendir: Error: Syncing directory '0': imgpkg: Fetching image: GET ${image}: UNAUTHORIZED: authentication required`;
        return conclude(world, kind, repository, { failed });
      }
      try {
        const bundle = await fetchBundle(images, image);
        await offer(world, repository, bundle);
        const fetch = { exitCode: 0, stdout: lockOutput(bundle.image) };
        await conclude(world, kind, repository, { done: true }, { fetch });
      } catch (error) {
        const failed = `vendir: Error: Syncing directory '0': imgpkg: ${reasonOf(error)}`;
        await conclude(world, kind, repository, { failed });
        throw new Unwatched(failed);
      }
    },
  };
}

async function offer(world: World, repository: KubeObject, bundle: Bundle): Promise<void> {
  const { namespace = '', name } = repository.metadata;
  const offered = new Set<string>();
  for (const text of rewritten(bundle, 'packages/')) {
    for (const document of loadAll(text) as KubeObject[]) {
      const annotations = { ...document.metadata.annotations, [REPOSITORY_REF]: `${namespace}/${name}` };
      const metadata = { ...document.metadata, namespace, annotations };
      offered.add(`${document.kind}/${metadata.name}`);
      await world.ensure(resourceOf(document), { metadata, spec: document.spec });
    }
  }
  for (const made of packagesOf(world, repository)) {
    if (!offered.has(`${made.kind}/${made.metadata.name}`)) await world.delete(resourceOf(made), made);
  }
}

function packagesOf(world: World, { metadata }: KubeObject): KubeObject[] {
  const reference = `${metadata.namespace}/${metadata.name}`;
  const all = [KINDS.Package, KINDS.PackageMetadata].flatMap(kind => world.in(kind, metadata.namespace));
  return all.filter(made => made.metadata.annotations?.[REPOSITORY_REF] === reference);
}

function resourceOf({ kind }: KubeObject) {
  return kind === 'Package' ? KINDS.Package : KINDS.PackageMetadata;
}
