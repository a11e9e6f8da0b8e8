import type { KindDescriptor, Variant } from '../descriptor.ts';
import type { ReferenceRule, Test } from '../rules.ts';
import { INSTALLERS, KORIFI, korifi, SECRET } from './common.ts';

const CF = { group: KORIFI, versions: ['v1alpha1'], namespaced: true, keep: 'all', showsAge: true } as const;
const BROKER = 'korifi.cloudfoundry.org/rel-service-broker-guid';
const OFFERING = 'korifi.cloudfoundry.org/rel-service-offering-guid';
const INSTANCE_TYPE = 'metadata.annotations["korifi.cloudfoundry.org/service-instance-type"]';

const MANAGED: Test = { path: 'spec.type', is: 'managed' };
const MANAGED_BINDING: Test = { path: INSTANCE_TYPE, is: 'managed' };

/** A managed service is the broker's: neither provided nor bound anew, so its status and secrets are state. */
const MANAGED_INSTANCE: Variant = {
  where: MANAGED,
  status: {
    fields: ['conditions', 'lastOperation', 'maintenanceInfo'],
    afterFirstPass: 'observedGeneration',
    hold: ['Ready'],
    decidedBy: ['Ready'],
    decidedAs: ['True'],
  },
  guards: [
    {
      path: 'spec.planGuid',
      of: korifi('CFServicePlan'),
      in: 'root',
      must: { path: 'spec.visibility.type', is: 'admin' },
      because: 'its plan can be seen on the target, so that its broker would be asked to provide it again',
      hint: 'take the plan from all orgs (cf disable-service-access), run the restore again, then give it back',
    },
  ],
  ready: [],
  undo: {
    annotations: { 'korifi.cloudfoundry.org/deprovision-without-broker': 'true' },
    because: 'its broker, which source and target share, would delete the service and its credentials',
  },
};

const APP: ReferenceRule = {
  path: 'spec.appRef.name',
  to: [korifi('CFApp')],
  order: 'before',
  brings: 'both',
  neededToStart: true,
};
const INSTANCE = { path: 'spec.service.name', to: [korifi('CFServiceInstance')] } as const;
const PARAMETERS: ReferenceRule = { path: 'spec.parameters.name', to: [SECRET], order: 'before' };

/** Before its instance: a binding that finds one is bound anew, with another password. */
const MANAGED_BINDING_RULES: Variant = {
  where: MANAGED_BINDING,
  references: [
    APP,
    { ...INSTANCE, order: 'after', together: true },
    PARAMETERS,
    { path: 'status.envSecretRef.name', to: [SECRET], order: 'before' },
    { path: 'status.mountSecretRef.name', to: [SECRET], order: 'before' },
  ],
  heldBackWhen: [
    {
      lacks: 'status.envSecretRef.name',
      because: 'it had no credentials yet; its broker would be asked for some',
    },
  ],
  status: {
    fields: ['envSecretRef', 'mountSecretRef'],
    // Keys have no such secret, and are bound again at every look as long as they name none.
    fallbacks: { mountSecretRef: 'envSecretRef' },
    afterFirstPass: 'observedGeneration',
    hold: [],
  },
  guards: [
    {
      path: 'spec.service.name',
      of: korifi('CFServiceInstance'),
      in: 'same',
      must: 'be absent',
      because: 'its service is on the target already, so that the broker would be asked for new credentials',
      hint: 'bind the app again there (cf bind-service), which gives it new credentials',
    },
  ],
  ready: [],
  touch: {
    after: [korifi('CFServiceInstance')],
    because: 'its instance comes after it',
    ready: ['Ready'],
  },
  undo: {
    dropFinalizers: true,
    because: 'its broker, which source and target share, would delete its credentials',
  },
};

const CATALOG_ENTRY = {
  madeFrom: korifi('CFServiceBroker'),
  because: 'Korifi makes it of the catalog as soon as its broker is there',
} as const;

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
    remark: 'nothing waits for it: what it offers is in the backup, so it may be away',
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
    undo: CATALOG_ENTRY,
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
    undo: CATALOG_ENTRY,
    start: {
      path: 'spec.visibility',
      createAs: { type: 'admin' },
      after: [korifi('CFServiceInstance'), { ...korifi('CFServiceBinding'), step: 'touch' }],
      ready: [],
    },
    remark:
      'hidden until every managed service is in place, since Korifi has what has a visible plan provided again. ' +
      'Korifi itself forgets the orgs of a plan whenever it looks at the catalog',
  },
  {
    ...CF,
    kind: 'CFServiceInstance',
    plural: 'cfserviceinstances',
    role: 'truth',
    meaning: 'a service instance, user-provided or managed by a broker',
    uniqueName: ['spec.displayName'],
    immutable: ['spec.type'],
    references: [
      { path: 'spec.secretName', to: [SECRET], order: 'before', holds: 'service-credentials' },
      { path: 'spec.parameters.name', to: [SECRET], order: 'before' },
      { path: 'spec.planGuid', to: [korifi('CFServicePlan')], in: 'any', order: 'before', optional: true },
      { path: 'status.credentials.name', to: [SECRET], order: 'free', optional: true },
      { path: 'status.binding.name', to: [SECRET], order: 'free', optional: true },
    ],
    variants: [MANAGED_INSTANCE],
    ready: ['Ready', 'BindingSecretAvailable'],
    remark:
      'a managed one comes after its bindings and with its status, so that its broker is not asked for anything. One ' +
      'that was not ready is left out, with its bindings.',
    see: 'the Secret that it names, and the logs of korifi-controllers-controller-manager',
  },
  {
    ...CF,
    kind: 'CFServiceBinding',
    plural: 'cfservicebindings',
    role: 'truth',
    meaning: 'the binding of an app to a service instance, or a service key',
    immutable: ['spec.appRef', 'spec.service'],
    references: [APP, { ...INSTANCE, order: 'before' }, PARAMETERS],
    variants: [MANAGED_BINDING_RULES],
    relinkOwners: ['CFServiceInstance'],
    after: [{ ...korifi('CFBuild'), step: 'touch' }],
    ready: ['Ready', 'VCAPServicesSecretAvailable'],
    see: 'its service instance, and the logs of korifi-controllers-controller-manager',
  },
];
