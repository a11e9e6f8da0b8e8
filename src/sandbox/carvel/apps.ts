import { reasonOf } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import { fetchBundle, rewritten } from '../images/bundle.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { type Inputs, inputsOf } from './app-inputs.ts';
import type { CarvelTools } from './carvel.ts';
import { associated, deploy, undeploy } from './kapp.ts';
import { logsIn } from './pull-secrets.ts';
import { conclude, hold, isReconciled, lockOutput } from './status.ts';
import { template, valuesOf } from './template.ts';

const FINALIZER = 'finalizers.kapp-ctrl.k14s.io/delete';

/**
 * kapp-controller's App: fetch the bundle, template it with the values, deploy it. The Secrets that it names are
 * watched; its service account and that account's rights are not. Deleting it deletes what it deployed, and one
 * whose owner's UID is stale is deleted by the garbage collector.
 */
export function kappApps({ images }: CarvelTools): Rule {
  const deployed = new Map<string, string>();
  return {
    name: 'App',
    kind: KINDS.App,
    async reconcile(found, world) {
      if (found.metadata.deletionTimestamp !== undefined) return remove(world, found);
      const app = await hold(world, KINDS.App, found, FINALIZER);
      if (app.spec.paused || app.spec.canceled) {
        const observedGeneration = app.metadata.generation;
        return void (await world.status(KINDS.App, app, {
          friendlyDescription: 'Canceled/paused',
          observedGeneration,
        }));
      }
      const inputs = inputsOf(world, app);
      if ('lacks' in inputs) {
        await conclude(world, KINDS.App, app, { failed: inputs.lacks });
        if (inputs.watched) return;
        throw new Unwatched(inputs.lacks);
      }
      const { uid = '' } = app.metadata;
      if (isReconciled(app) && deployed.get(uid) === inputs.fingerprint) return;
      try {
        if (await install(world, images, app, inputs)) deployed.set(uid, inputs.fingerprint);
      } catch (error) {
        await conclude(world, KINDS.App, app, { failed: reasonOf(error) });
        throw new Unwatched(reasonOf(error));
      }
    },
  };
}

function recordOf({ metadata }: KubeObject): { name: string; namespace: string } {
  return { name: `${metadata.name}.app`, namespace: metadata.namespace ?? '' };
}

async function remove(world: World, app: KubeObject): Promise<void> {
  const gone = app.spec.noopDelete === true || (await undeploy(world, recordOf(app)));
  if (gone) await world.dropFinalizer(KINDS.App, app, FINALIZER);
}

/** Fetches, templates, deploys; true when all of it is in place. @throws Error as the failing tool says it */
async function install(world: World, images: ImageClient, app: KubeObject, inputs: Inputs): Promise<boolean> {
  const { image, secretRef } = app.spec.fetch[0].imgpkgBundle;
  if (secretRef && !logsIn(world, app.metadata.namespace, secretRef.name, images.registry)) {
    throw new Error(
      `vendir: Error: Syncing directory '0': imgpkg: GET ${image}: UNAUTHORIZED: authentication required`,
    );
  }
  const record = recordOf(app);
  const bundle = await fetchBundle(images, image);
  const complete = await deploy(
    world,
    record,
    template(rewritten(bundle, 'config/'), valuesOf(inputs.values)),
  );
  await conclude(world, KINDS.App, app, complete ? { done: true } : { going: true }, {
    fetch: { exitCode: 0, stdout: lockOutput(bundle.image) },
    deploy: { exitCode: 0, finished: complete, kapp: { associatedResources: associated(world, record) } },
  });
  return complete;
}
