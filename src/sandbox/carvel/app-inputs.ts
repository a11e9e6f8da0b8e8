import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import type { World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';

/** What an App needs besides its bundle. */
export interface Inputs {
  /** The Secrets with its values. */
  readonly values: readonly KubeObject[];
  /** Changes when there is something new to deploy. */
  readonly fingerprint: string;
}

/** Why an App cannot be deployed, and whether the controller is woken when that changes. */
export interface Lack {
  readonly lacks: string;
  readonly watched: boolean;
}

/** Its service account with rights, its values and overlays: the first of these that is missing. */
export function inputsOf(world: World, app: KubeObject): Inputs | Lack {
  const { namespace = '' } = app.metadata;
  const account: string = app.spec.serviceAccountName;
  if (world.find(KINDS.ServiceAccount, namespace, account) === undefined) {
    const lacks = `Preparing kapp: Getting service account: serviceaccounts "${account}" not found`;
    return { lacks, watched: false };
  }
  if (!isBound(world, namespace, account)) {
    const user = `system:serviceaccount:${namespace}:${account}`;
    const lacks = `kapp: Error: User "${user}" cannot list resource "configmaps" (reason: Forbidden)`;
    return { lacks, watched: false };
  }
  const { valuesFrom = [], inline } = (app.spec.template[0]?.ytt ?? {}) as Templating;
  const [values, overlays] = [valuesFrom, inline?.pathsFrom ?? []].map(names =>
    names.map(({ secretRef }) => secretRef.name),
  );
  const found = (names: string[] = []) =>
    names.flatMap(name => world.find(KINDS.Secret, namespace, name) ?? []);
  const missing = [...(values ?? []), ...(overlays ?? [])].find(name => found([name]).length === 0);
  if (missing !== undefined) {
    return { lacks: `Templating dir: Building paths: secrets "${missing}" not found`, watched: true };
  }
  const data = found(values).map(secret => secret.data);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([app.spec, data]))
    .digest('hex');
  return { values: found(values), fingerprint };
}

interface Templating {
  valuesFrom?: SecretReference[];
  /** Overlays: the sandbox's packages have nothing to lay them over. */
  inline?: { pathsFrom?: SecretReference[] };
}

interface SecretReference {
  secretRef: { name: string };
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
