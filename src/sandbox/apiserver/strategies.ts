import type { KubeObject } from '../../base/object.ts';
import { isEqual } from './json.ts';
import type { Kind } from './kind.ts';
import { invalid } from './status-error.ts';

/** What sets a built-in kind apart when it is written. */
interface Strategy {
  /** Fills in what the server itself knows. */
  readonly prepare?: (object: KubeObject, current: KubeObject | undefined) => KubeObject;
  /** @throws StatusError 422 */
  readonly check?: (object: KubeObject, current: KubeObject | undefined, kind: Kind) => void;
  /** Added when it is deleted, until the server has cleaned up behind it. */
  readonly finalizers?: readonly string[];
}

/** Holds a definition until its custom resources are gone. */
export const DEFINITION_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

const STRATEGIES: Record<string, Strategy> = {
  'Namespace.': { prepare: prepareNamespace },
  'Secret.': { prepare: prepareSecret, check: checkSecret },
  'ConfigMap.': { check: checkImmutable },
  'CustomResourceDefinition.apiextensions.k8s.io': {
    check: checkDefinition,
    finalizers: [DEFINITION_FINALIZER],
  },
  'RoleBinding.rbac.authorization.k8s.io': { check: checkRoleRef },
  'ClusterRoleBinding.rbac.authorization.k8s.io': { check: checkRoleRef },
};

export function strategyOf(kind: Kind): Strategy {
  return STRATEGIES[`${kind.kind}.${kind.group}`] ?? {};
}

/** What a definition's schema requires. @throws StatusError 422 */
export function checkRequired(object: KubeObject, kind: Kind): void {
  for (const field of kind.required ?? []) {
    if (object.spec?.[field] !== undefined) continue;
    throw invalid(kind, object.metadata.name, `spec.${field}`, 'Required value');
  }
}

function prepareNamespace(object: KubeObject, current: KubeObject | undefined): KubeObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  const named = { ...object, metadata: { ...metadata, labels } };
  if (current !== undefined) return { ...named, spec: current.spec };
  return { ...named, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
}

/** `stringData` is write-only: it is merged into `data`. */
function prepareSecret(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const added = Object.entries((stringData ?? {}) as Record<string, string>).map(
    ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
  );
  const data = added.length > 0 ? { data: { ...rest.data, ...Object.fromEntries(added) } } : {};
  return { ...rest, ...data, type: rest.type || 'Opaque' } as KubeObject;
}

/** Keys that a type of Secret must have. */
const SECRET_KEYS: Record<string, string> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/ssh-auth': 'ssh-privatekey',
};

function checkSecret(object: KubeObject, current: KubeObject | undefined, kind: Kind): void {
  const { name } = object.metadata;
  if (current !== undefined && object.type !== current.type) {
    throw invalid(kind, name, 'type', `Invalid value: ${JSON.stringify(object.type)}: field is immutable`);
  }
  const key = SECRET_KEYS[String(object.type)];
  if (key !== undefined && object.data?.[key] === undefined) {
    throw invalid(kind, name, `data[${key}]`, 'Required value');
  }
  checkImmutable(object, current, kind);
}

function checkImmutable(object: KubeObject, current: KubeObject | undefined, kind: Kind): void {
  if (current?.immutable !== true) return;
  for (const field of ['data', 'binaryData', 'immutable']) {
    if (!isEqual(object[field], current[field])) {
      throw invalid(
        kind,
        object.metadata.name,
        field,
        'Forbidden: field is immutable when `immutable` is set',
      );
    }
  }
}

function checkRoleRef(object: KubeObject, current: KubeObject | undefined, kind: Kind): void {
  if (current === undefined || isEqual(object.roleRef, current.roleRef)) return;
  throw invalid(kind, object.metadata.name, 'roleRef', 'Invalid value: cannot change roleRef');
}

function checkDefinition(object: KubeObject, current: KubeObject | undefined, kind: Kind): void {
  const { name } = object.metadata;
  const spec = object.spec ?? {};
  const expected = `${spec.names?.plural}.${spec.group}`;
  if (name !== expected) {
    throw invalid(
      kind,
      name,
      'metadata.name',
      `Invalid value: ${JSON.stringify(name)}: must be spec.names.plural+"."+spec.group`,
    );
  }
  if (!Array.isArray(spec.versions) || spec.versions.length === 0)
    throw invalid(kind, name, 'spec.versions', 'Required value');
  if (!['Namespaced', 'Cluster'].includes(spec.scope))
    throw invalid(kind, name, 'spec.scope', 'Required value');
  if (!spec.names?.kind) throw invalid(kind, name, 'spec.names.kind', 'Required value');
  for (const field of ['group', 'scope']) {
    if (current !== undefined && spec[field] !== current.spec[field]) {
      throw invalid(kind, name, `spec.${field}`, 'Invalid value: field is immutable');
    }
  }
  for (const [index, version] of spec.versions.entries()) {
    if (version.schema?.openAPIV3Schema === undefined) {
      throw invalid(
        kind,
        name,
        `spec.versions[${index}].schema.openAPIV3Schema`,
        'Required value: schemas are required',
      );
    }
  }
}
