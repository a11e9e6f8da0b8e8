import type { KubeObject } from '../../base/object.ts';
import { isTrue } from '../controllers/conditions.ts';
import { parseImage } from '../images/name.ts';
import { KINDS } from '../kinds.ts';
import { LABEL } from '../korifi/names.ts';
import { dataOf, labelsOf } from './facts.ts';
import type { View } from './view.ts';

/** What a team knows of its app: what runs, from which droplet, with which environment, and its history. */
export function appFacts(view: View, app: KubeObject): Record<string, string> {
  const { name, namespace } = app.metadata;
  const ofApp = (object: KubeObject) => object.spec.appRef?.name === name;
  const builds = view.in(KINDS.CFBuild, namespace).filter(ofApp);
  const droplet = builds.find(({ metadata }) => metadata.name === app.spec.currentDropletRef?.name);
  const services = view.in(KINDS.CFServiceBinding, namespace).filter(ofApp);
  return {
    guid: name,
    state: app.spec.desiredState,
    droplet: dropletOf(droplet),
    builds: builds
      .map(build => `${build.metadata.name} ${outcomeOf(build)} ${dropletOf(build)}`)
      .sort()
      .join(', '),
    packages: view.in(KINDS.CFPackage, namespace).filter(ofApp).map(packageOf).sort().join(', '),
    processes: view
      .in(KINDS.CFProcess, namespace)
      .filter(ofApp)
      .map(process => processOf(view, process))
      .sort()
      .join(', '),
    env: dataOf(view.find(KINDS.Secret, namespace, app.spec.envSecretName ?? '')),
    services: services
      .map(binding => `${binding.spec.service.name} ${isBound(binding)}`)
      .sort()
      .join(', '),
    labels: labelsOf(app),
    revision: app.metadata.annotations?.['korifi.cloudfoundry.org/app-rev'] ?? '',
  };
}

function isBound(binding: KubeObject): boolean {
  return isTrue(binding, 'VCAPServicesSecretAvailable') || isTrue(binding, 'Ready');
}

function dropletOf(build: KubeObject | undefined): string {
  const image: string | undefined = build?.status?.droplet?.registry.image;
  return image === undefined ? 'none' : parseImage(image).target;
}

function outcomeOf(build: KubeObject): string {
  if (isTrue(build, 'Succeeded')) return 'succeeded';
  return build.status?.conditions?.length > 0 ? 'failed' : 'undecided';
}

function packageOf({ metadata, spec }: KubeObject): string {
  return `${metadata.name} ${parseImage(spec.source?.registry?.image ?? '').target}`;
}

function processOf(view: View, process: KubeObject): string {
  const { processType, desiredInstances, memoryMB, command, detectedCommand, healthCheck } = process.spec;
  const workloads = view.in(KINDS.AppWorkload, process.metadata.namespace);
  const workload = workloads.find(
    ({ metadata }) => metadata.labels?.[LABEL.processGuid] === process.metadata.name,
  );
  const running = workload?.status?.actualInstances ?? 0;
  return `${processType} ${desiredInstances} × ${memoryMB} MB, ${running} running, ${healthCheck?.type}, ${command || detectedCommand}`;
}
