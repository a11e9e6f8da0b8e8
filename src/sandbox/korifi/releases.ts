import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import { GROUP } from './names.ts';

/** What differs between releases of Korifi, as far as a backup or a restore meets it. */
export interface Release {
  /** As its webhooks stamp it on objects. */
  readonly version: string;
  /** Labels of the namespaces of orgs and spaces. */
  readonly homeLabels: { readonly [of in 'orgGuid' | 'orgName' | 'spaceGuid' | 'spaceName']: string };
  /** Finalizers that the webhooks add on CREATE, by kind. */
  readonly finalizers: Readonly<Record<string, string>>;
  /** Fields of `spec` that the schema requires, by kind. */
  readonly required: Readonly<Record<string, readonly string[]>>;
  /** Kinds that it has on top of those that all releases have. */
  readonly moreKinds: readonly string[];
  /** Labels that the webhooks write on every write of the object itself, by kind. */
  readonly labels: Readonly<Record<string, (object: KubeObject) => Record<string, unknown>>>;
  /** Every object is labelled with its GUID and with the times of its creation and its last change. */
  readonly commonLabels: boolean;
  /** The GUID of a process that the droplet knows and nobody made. */
  processName(app: string, type: string): string;
  /** The name of a binding that only one may have. */
  bindingName(binding: KubeObject): string;
  /**
   * Reconcilers write the condition Ready on every pass, failing ones too, on all kinds; a decided build is left
   * before it gets its owner; apps are ready only with their bindings and processes; credentials are one document.
   */
  readonly patching: boolean;
}

const COMMON = {
  CFOrg: `cfOrg.${GROUP}`,
  CFSpace: `cfSpace.${GROUP}`,
  CFDomain: `cfDomain.${GROUP}`,
  CFApp: `cfApp.${GROUP}`,
  CFPackage: `${GROUP}/cfPackageController`,
  BuildWorkload: `kpack-image-builder.${GROUP}/buildworkload`,
  Build: `${GROUP}/kpackBuild`,
};

const REQUIRED = {
  CFApp: ['desiredState', 'displayName', 'lifecycle'],
  CFBuild: ['appRef', 'lifecycle', 'packageRef', 'stagingDiskMB', 'stagingMemoryMB'],
  CFPackage: ['appRef', 'type'],
  CFRoute: ['domainRef'],
  CFServiceInstance: ['displayName', 'secretName', 'type'],
  CFServiceBinding: ['appRef', 'service'],
};

const label = (name: string) => `${GROUP}/${name}`;

/** v0.8.1, what the Application Service Adapter 1.3 ships. */
export const ADAPTER: Release = {
  version: 'v0.8.1',
  homeLabels: {
    orgGuid: 'cloudfoundry.org/org-guid',
    orgName: 'cloudfoundry.org/org-name',
    spaceGuid: 'cloudfoundry.org/space-guid',
    spaceName: 'cloudfoundry.org/space-name',
  },
  finalizers: { ...COMMON, CFRoute: `cfRoute.${GROUP}` },
  required: REQUIRED,
  moreKinds: [],
  labels: {
    CFApp: ({ metadata }) => ({ [label('app-guid')]: metadata.name }),
    CFProcess: ({ metadata, spec }) => ({
      [label('process-guid')]: metadata.name,
      [label('process-type')]: spec.processType,
      [label('app-guid')]: spec.appRef.name,
    }),
    CFPackage: ({ spec }) => ({ [label('app-guid')]: spec.appRef.name }),
    CFBuild: ({ spec }) => ({
      [label('app-guid')]: spec.appRef.name,
      [label('package-guid')]: spec.packageRef.name,
    }),
    CFRoute: ({ metadata, spec }) => ({
      [label('route-guid')]: metadata.name,
      [label('domain-guid')]: spec.domainRef.name,
    }),
  },
  commonLabels: false,
  processName: (app, type) => `cf-proc-${app}-${type}`,
  // Of the service's namespace only what is written there, which mostly is nothing.
  bindingName: ({ spec }) => `sb::${spec.appRef.name}::${spec.service.namespace ?? ''}::${spec.service.name}`,
  patching: false,
};

/** v0.18.0 of March 2026, which stands for all from 0.16 on. */
export const CURRENT: Release = {
  version: 'v0.18.0',
  homeLabels: {
    orgGuid: label('org-guid'),
    orgName: label('org-name'),
    spaceGuid: label('space-guid'),
    spaceName: label('space-name'),
  },
  finalizers: {
    ...COMMON,
    CFServiceInstance: `cfServiceInstance.${GROUP}`,
    CFServiceBinding: `cfServiceBinding.${GROUP}`,
  },
  required: {
    ...REQUIRED,
    CFServiceInstance: [...REQUIRED.CFServiceInstance, 'planGuid'],
    CFServiceBinding: [...REQUIRED.CFServiceBinding, 'parameters', 'type'],
  },
  moreKinds: ['CFServiceBroker', 'CFServiceOffering', 'CFServicePlan', 'CFSecurityGroup'],
  labels: {
    CFApp: ({ metadata, spec }) => ({
      [label('app-guid')]: metadata.name,
      [label('space-guid')]: metadata.namespace,
      [label('display-name')]: sha224(spec.displayName),
    }),
    CFProcess: ({ metadata, spec }) => ({
      [label('process-guid')]: metadata.name,
      [label('process-type')]: spec.processType,
      [label('app-guid')]: spec.appRef.name,
      [label('space-guid')]: metadata.namespace,
    }),
    CFPackage: ({ metadata, spec }) => ({
      [label('app-guid')]: spec.appRef.name,
      [label('space-guid')]: metadata.namespace,
    }),
    CFBuild: ({ metadata, spec, status }) => ({
      [label('space-guid')]: metadata.namespace,
      [label('droplet-guid')]: metadata.name,
      [label('app-guid')]: spec.appRef.name,
      [label('package-guid')]: spec.packageRef.name,
      // A status in a CREATE is seen here, although the API server drops it.
      [label('build-state')]: status?.state,
    }),
    CFRoute: ({ metadata, spec }) => ({
      [label('domain-guid')]: spec.domainRef.name,
      [label('space-guid')]: metadata.namespace,
      [label('route-host')]: spec.host,
      [label('route-unmapped')]: String((spec.destinations ?? []).length === 0),
    }),
    CFServiceInstance: ({ metadata, spec }) => ({
      [label('space-guid')]: metadata.namespace,
      [label('plan-guid')]: spec.planGuid,
      [label('service-instance-type')]: spec.type,
    }),
    CFServiceBinding: ({ metadata, spec }) => ({
      [label('space-guid')]: metadata.namespace,
      [label('service-instance-guid')]: spec.service.name,
      [label('app-guid')]: spec.appRef.name,
      [label('service-binding-type')]: spec.type,
    }),
    CFServicePlan: ({ spec }) => ({ [label('plan-available')]: String(spec.visibility?.type !== 'admin') }),
  },
  commonLabels: true,
  processName: (app, type) => namespacedUuid(app, type),
  bindingName: ({ metadata, spec }) =>
    `sb::${spec.appRef.name}::${metadata.namespace}::${spec.service.name}::${spec.displayName ?? spec.service.name}`,
  patching: true,
};

function sha224(text: unknown): string {
  return createHash('sha224').update(String(text)).digest('hex');
}

/** RFC 9562's namespace for names of hosts. */
const DNS = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');

/** The UUID that current Korifi gives to `text` of `owner`: version 5, in the namespace that is the owner's own UUID. */
export function namespacedUuid(owner: string, text: string): string {
  const hex = uuid5(uuid5(DNS, owner), text).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function uuid5(namespace: Buffer, name: string): Buffer {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}
