import type { KindDescriptor, Mark } from '../descriptor.ts';
import { INSTALLERS, KORIFI, korifi, SECRET } from './common.ts';

const CF = { group: KORIFI, versions: ['v1alpha1'], namespaced: true, keep: 'all', showsAge: true } as const;
const BROKER = 'korifi.cloudfoundry.org/rel-service-broker-guid';
const OFFERING = 'korifi.cloudfoundry.org/rel-service-offering-guid';
const INSTANCE_TYPE = 'metadata.annotations["korifi.cloudfoundry.org/service-instance-type"]';

const WOULD_PROVISION: Mark = {
  path: 'spec.type',
  is: 'managed',
  because: 'its broker would be asked to provide the service again',
};
const WOULD_BIND: Mark = {
  path: INSTANCE_TYPE,
  is: 'managed',
  because: 'its broker would be asked for new credentials',
};

/** Services: instances, bindings, and the brokers that newer versions of Korifi have. */
export const SERVICES: readonly KindDescriptor[] = [
  {
    ...CF,
    kind: 'CFServiceBroker',
    plural: 'cfservicebrokers',
    role: 'truth',
    meaning: 'a service broker',
    references: [{ path: 'spec.credentials.name', to: [SECRET], order: 'before' }],
    after: INSTALLERS,
    ready: ['Ready'],
    see: 'whether the broker answers, and the logs of korifi-controllers-controller-manager',
  },
  {
    ...CF,
    kind: 'CFServiceOffering',
    plural: 'cfserviceofferings',
    role: 'truth',
    meaning: "a service of a broker's catalog",
    references: [
      { path: `metadata.labels["${BROKER}"]`, to: [korifi('CFServiceBroker')], in: 'any', order: 'before' },
    ],
    remark:
      "made by Korifi from the broker's catalog under the same name; restored for when the broker is away",
  },
  {
    ...CF,
    kind: 'CFServicePlan',
    plural: 'cfserviceplans',
    role: 'truth',
    meaning: "a plan of a broker's catalog, and who may see it",
    references: [
      { path: `metadata.labels["${BROKER}"]`, to: [korifi('CFServiceBroker')], in: 'any', order: 'before' },
      {
        path: `metadata.labels["${OFFERING}"]`,
        to: [korifi('CFServiceOffering')],
        in: 'any',
        order: 'before',
        optional: true,
      },
      {
        path: 'spec.visibility.organizations[]',
        to: [korifi('CFOrg')],
        in: 'any',
        order: 'free',
        optional: true,
        brings: 'neither',
      },
    ],
    remark:
      "Korifi makes plans from the catalog under the same names; what differs then is the plan's visibility",
  },
  {
    ...CF,
    kind: 'CFServiceInstance',
    plural: 'cfserviceinstances',
    role: 'truth',
    meaning: 'a service instance, user-provided or managed by a broker',
    immutable: ['spec.type'],
    references: [
      { path: 'spec.secretName', to: [SECRET], order: 'before', holds: 'service-credentials' },
      { path: 'spec.parameters.name', to: [SECRET], order: 'before' },
      { path: 'spec.planGuid', to: [korifi('CFServicePlan')], in: 'any', order: 'before', optional: true },
      { path: 'status.credentials.name', to: [SECRET], order: 'free', optional: true },
      { path: 'status.binding.name', to: [SECRET], order: 'free', optional: true },
    ],
    heldBackWhen: [WOULD_PROVISION],
    undo: {
      annotations: { 'korifi.cloudfoundry.org/deprovision-without-broker': 'true' },
      because: 'its broker, which source and target share, would delete the service and its credentials',
    },
    ready: ['Ready', 'BindingSecretAvailable'],
    see: 'the Secret that it names, and the logs of korifi-controllers-controller-manager',
  },
  {
    ...CF,
    kind: 'CFServiceBinding',
    plural: 'cfservicebindings',
    role: 'truth',
    meaning: 'the binding of an app to a service instance, or a service key',
    immutable: ['spec.appRef', 'spec.service'],
    references: [
      { path: 'spec.appRef.name', to: [korifi('CFApp')], order: 'before', brings: 'both' },
      { path: 'spec.service.name', to: [korifi('CFServiceInstance')], order: 'before' },
      { path: 'spec.parameters.name', to: [SECRET], order: 'before' },
      {
        path: 'status.envSecretRef.name',
        to: [SECRET],
        where: WOULD_BIND,
        order: 'before',
      },
      {
        path: 'status.mountSecretRef.name',
        to: [SECRET],
        where: WOULD_BIND,
        order: 'before',
      },
    ],
    heldBackWhen: [WOULD_BIND],
    relinkOwners: ['CFServiceInstance'],
    after: [{ ...korifi('CFBuild'), step: 'touch' }],
    ready: ['Ready', 'VCAPServicesSecretAvailable'],
    see: 'its service instance, and the logs of korifi-controllers-controller-manager',
  },
];
