import type { ApiResource } from '../../cluster/cluster.ts';
import { KINDS } from '../kinds.ts';

/** Groups of the Carvel controllers; the aggregated API for packages is a CustomResourceDefinition here. */
const CARVEL = /carvel\.dev$|k14s\.io$/;
/** What Korifi needs to be there: Tanzu Build Service, Contour, service bindings. */
const PREREQUISITES = /^kpack\.io$|^projectcontour\.io$|^servicebinding\.io$|^gateway\.networking\.k8s\.io$/;

const ALL: readonly ApiResource[] = Object.values(KINDS);

/** Kinds that are there before anything is installed. */
export const CARVEL_KINDS = ALL.filter(({ group }) => CARVEL.test(group));
/** Kinds that the adapter needs and does not bring. */
export const PREREQUISITE_KINDS = ALL.filter(({ group }) => PREREQUISITES.test(group));
/** Kinds that only later Korifi has. */
const LATER = ['CFServiceBroker', 'CFServiceOffering', 'CFServicePlan', 'CFSecurityGroup'];

/** Kinds that a release of Korifi brings: those that all have, and these. */
export function korifiKinds(more: readonly string[]): ApiResource[] {
  return ALL.filter(
    ({ group, kind }) =>
      group === 'korifi.cloudfoundry.org' && (!LATER.includes(kind) || more.includes(kind)),
  );
}

/**
 * A minimal CustomResourceDefinition that keeps every field; with a status subresource where the real one has it.
 * @param required Fields of `spec`.
 */
export function definitionOf(
  { group, version, kind, plural, namespaced }: ApiResource,
  required: readonly string[] = [],
) {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const openAPIV3Schema =
    required.length === 0 ? open : { ...open, properties: { spec: { ...open, required } } };
  const schema = { openAPIV3Schema };
  const bare = group === KINDS.Package.group || ['CFServiceOffering', 'CFServicePlan'].includes(kind);
  const status = bare ? {} : { subresources: { status: {} } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...approval(group) },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema, ...status }],
    },
  };
}

/** API servers take kinds of Kubernetes' own groups only with a note of who approved them (KEP 1111). */
function approval(group: string) {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group)
    ? {
        annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/1111' },
      }
    : {};
}
