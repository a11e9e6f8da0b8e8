/** The release whose rules these are: what the Application Service Adapter 1.3 ships. */
export const KORIFI_VERSION = 'v0.8.1';

/** The API group of all of Korifi's kinds. */
export const GROUP = 'korifi.cloudfoundry.org';

/** Labels that the controllers set and select by. */
export const LABEL = {
  appGuid: `${GROUP}/app-guid`,
  appRev: `${GROUP}/app-rev`,
  buildGuid: `${GROUP}/build-guid`,
  buildWorkload: `${GROUP}/build-workload-name`,
  packageGuid: `${GROUP}/package-guid`,
  processGuid: `${GROUP}/process-guid`,
  processType: `${GROUP}/process-type`,
  routeGuid: `${GROUP}/route-guid`,
  domainGuid: `${GROUP}/domain-guid`,
  taskGuid: `${GROUP}/task-guid`,
  orgGuid: 'cloudfoundry.org/org-guid',
  orgName: 'cloudfoundry.org/org-name',
  spaceGuid: 'cloudfoundry.org/space-guid',
  spaceName: 'cloudfoundry.org/space-name',
  propagatedFrom: 'cloudfoundry.org/propagated-from',
} as const;

/** Annotations that the controllers set and obey. */
export const ANNOTATION = {
  appRev: `${GROUP}/app-rev`,
  lastStopAppRev: `${GROUP}/last-stop-app-rev`,
  creationVersion: `${GROUP}/creation-version`,
  propagateRole: 'cloudfoundry.org/propagate-cf-role',
  propagateServiceAccount: 'cloudfoundry.org/propagate-service-account',
  propagateDeletion: 'cloudfoundry.org/propagate-deletion',
} as const;

/** Finalizers that the webhooks add on CREATE, by kind. */
export const FINALIZER: Readonly<Record<string, string>> = {
  CFOrg: `cfOrg.${GROUP}`,
  CFSpace: `cfSpace.${GROUP}`,
  CFDomain: `cfDomain.${GROUP}`,
  CFApp: `cfApp.${GROUP}`,
  CFRoute: `cfRoute.${GROUP}`,
  CFPackage: `${GROUP}/cfPackageController`,
  BuildWorkload: `kpack-image-builder.${GROUP}/buildworkload`,
  Build: `${GROUP}/kpackBuild`,
};
