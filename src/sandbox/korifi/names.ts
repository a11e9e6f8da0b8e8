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
  broker: `${GROUP}/rel-service-broker-guid`,
  offering: `${GROUP}/rel-service-offering-guid`,
  propagatedFrom: 'cloudfoundry.org/propagated-from',
} as const;

/** Annotations that the controllers set and obey. */
export const ANNOTATION = {
  appRev: `${GROUP}/app-rev`,
  lastStopAppRev: `${GROUP}/last-stop-app-rev`,
  creationVersion: `${GROUP}/creation-version`,
  serviceInstanceType: `${GROUP}/service-instance-type`,
  deprovisionWithoutBroker: `${GROUP}/deprovision-without-broker`,
  propagateRole: 'cloudfoundry.org/propagate-cf-role',
  propagateServiceAccount: 'cloudfoundry.org/propagate-service-account',
  propagateDeletion: 'cloudfoundry.org/propagate-deletion',
} as const;
