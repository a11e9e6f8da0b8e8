import type { KindDescriptor } from '../descriptor.ts';
import { BY_HELM, BY_KAPP, derived, SECRET } from './common.ts';

const FROM_ROUTE = { meaning: 'the ingress of a route', because: 'made by Korifi from its CFRoute' } as const;
const PLATFORM = 'made by the installation';

/** Ingress, service binding and certificates around the apps. */
export const NETWORK: readonly KindDescriptor[] = [
  {
    group: 'projectcontour.io',
    kind: 'TLSCertificateDelegation',
    versions: ['v1'],
    plural: 'tlscertificatedelegations',
    namespaced: true,
    role: 'truth',
    keep: 'all',
    meaning: 'which namespaces may use an ingress certificate',
    derivedWhen: [BY_KAPP, BY_HELM],
    references: [{ path: 'spec.delegations[].secretName', to: [SECRET], order: 'before', optional: true }],
  },
  derived('projectcontour.io', 'v1', 'HTTPProxy', 'httpproxies', FROM_ROUTE),
  derived('gateway.networking.k8s.io', 'v1beta1', 'HTTPRoute', 'httproutes', FROM_ROUTE),
  derived('gateway.networking.k8s.io', 'v1beta1', 'Gateway', 'gateways', {
    meaning: 'where requests for apps arrive',
    because: PLATFORM,
  }),
  derived('gateway.networking.k8s.io', 'v1beta1', 'ReferenceGrant', 'referencegrants', {
    meaning: 'which namespaces a route may lead to',
    because: PLATFORM,
  }),
  derived('servicebinding.io', 'v1beta1', 'ServiceBinding', 'servicebindings', {
    meaning: "how a binding's credentials reach the app's instances",
    because: 'made by Korifi from its CFServiceBinding',
  }),
  derived(
    'internal.bindings.labs.vmware.com',
    'v1alpha1',
    'ServiceBindingProjection',
    'servicebindingprojections',
    {
      meaning: "how a binding's credentials reach the app's instances",
      because: 'made by the service binding controller from its ServiceBinding',
    },
  ),
  derived('cert-manager.io', 'v1', 'Certificate', 'certificates', {
    meaning: 'a certificate of the platform',
    because: PLATFORM,
  }),
  derived('cert-manager.io', 'v1', 'Issuer', 'issuers', {
    meaning: 'who signs certificates of the platform',
    because: PLATFORM,
  }),
  derived('carto.run', 'v1alpha1', 'Workload', 'workloads', {
    meaning: "the build of an app by Cartographer (ASA's experiment)",
    because: 'made by the cartographer builder runner; a restored one would start a build',
  }),
  derived('carto.run', 'v1alpha1', 'ClusterSupplyChain', 'clustersupplychains', {
    meaning: 'how Cartographer builds',
    because: PLATFORM,
    clusterScoped: true,
  }),
];
