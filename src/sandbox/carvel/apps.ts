import { createHash } from 'node:crypto';
import { reasonOf } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import { fetchBundle, rewritten } from '../images/bundle.ts';
import { KINDS } from '../kinds.ts';
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
      const kind = KINDS.App;
      const { namespace = '', name, uid = '' } = found.metadata;
      const record = { name: `${name}.app`, namespace };
      if (found.metadata.deletionTimestamp !== undefined) {
        const gone = found.spec.noopDelete === true || (await undeploy(world, record));
        return gone ? world.dropFinalizer(kind, found, FINALIZER) : undefined;
      }
      const app = await hold(world, kind, found, FINALIZER);
      if (app.spec.paused || app.spec.canceled) {
        const status = {
          friendlyDescription: 'Canceled/paused',
          observedGeneration: app.metadata.generation,
        };
        return void (await world.status(kind, app, status));
      }
      const secrets = secretsOf(app).map(secret => world.find(KINDS.Secret, namespace, secret) ?? secret);
      const inputs = fingerprint(app, secrets);
      if (isReconciled(app) && deployed.get(uid) === inputs) return;
      const failed = notReady(world, app, secrets);
      if (failed !== undefined) {
        await conclude(world, kind, app, { failed: failed.message });
        if (failed.watched) return;
        throw new Unwatched(failed.message);
      }
      const { image, secretRef } = app.spec.fetch[0].imgpkgBundle;
      try {
        if (secretRef && !logsIn(world, namespace, secretRef.name, images.registry)) {
          throw new Error(
            `vendir: Error: Syncing directory '0': imgpkg: GET ${image}: UNAUTHORIZED: authentication required`,
          );
        }
        const bundle = await fetchBundle(images, image);
        const documents = template(rewritten(bundle, 'config/'), valuesOf(secrets as KubeObject[]));
        const complete = await deploy(world, record, documents);
        if (complete) deployed.set(uid, inputs);
        const more = {
          fetch: { exitCode: 0, stdout: lockOutput(bundle.image) },
          deploy: {
            exitCode: 0,
            finished: complete,
            kapp: { associatedResources: associated(world, record) },
          },
        };
        await conclude(world, kind, app, complete ? { done: true } : { going: true }, more);
      } catch (error) {
        await conclude(world, kind, app, { failed: reasonOf(error) });
        throw new Unwatched(reasonOf(error));
      }
    },
  };
}

interface Reference {
  secretRef: { name: string };
}

/** Secrets with values; overlays must be there too, but the sandbox's packages have none to apply. */
function secretsOf(app: KubeObject): string[] {
  const { valuesFrom = [] } = (app.spec.template[0]?.ytt ?? {}) as { valuesFrom?: Reference[] };
  return valuesFrom.map(({ secretRef }) => secretRef.name);
}

function overlaysOf(app: KubeObject): string[] {
  const paths: Reference[] = app.spec.template[0]?.ytt?.inline?.pathsFrom ?? [];
  return paths.map(({ secretRef }) => secretRef.name);
}

function notReady(
  world: World,
  app: KubeObject,
  secrets: readonly (KubeObject | string)[],
): { message: string; watched: boolean } | undefined {
  const { namespace } = app.metadata;
  const account: string = app.spec.serviceAccountName;
  if (world.find(KINDS.ServiceAccount, namespace, account) === undefined) {
    const message = `Preparing kapp: Getting service account: serviceaccounts "${account}" not found`;
    return { message, watched: false };
  }
  if (!isBound(world, namespace ?? '', account)) {
    const user = `system:serviceaccount:${namespace}:${account}`;
    return {
      message: `kapp: Error: User "${user}" cannot list resource "configmaps" (reason: Forbidden)`,
      watched: false,
    };
  }
  const overlay = overlaysOf(app).find(name => world.find(KINDS.Secret, namespace, name) === undefined);
  const missing = secrets.find(secret => typeof secret === 'string') ?? overlay;
  return missing === undefined
    ? undefined
    : { message: `Templating dir: Building paths: secrets "${missing}" not found`, watched: true };
}

/** Whether any role at all is bound to the account. */
function isBound(world: World, namespace: string, account: string): boolean {
  const bindings = [...world.all(KINDS.ClusterRoleBinding), ...world.in(KINDS.RoleBinding, namespace)];
  return bindings.some(({ subjects = [] }) =>
    subjects.some(
      (subject: { kind: string; name: string; namespace?: string }) =>
        subject.kind === 'ServiceAccount' && subject.name === account && subject.namespace === namespace,
    ),
  );
}

/** Changes when there is something new to deploy. */
function fingerprint(app: KubeObject, secrets: readonly (KubeObject | string)[]): string {
  const data = secrets.map(secret => (typeof secret === 'string' ? secret : secret.data));
  return createHash('sha256')
    .update(JSON.stringify([app.spec, data]))
    .digest('hex');
}
