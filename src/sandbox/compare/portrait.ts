import type { KubeObject } from '../../base/object.ts';
import { hasCondition } from '../carvel/status.ts';
import { isTrue } from '../controllers/conditions.ts';
import { parseImage } from '../images/name.ts';
import { KINDS } from '../kinds.ts';
import { LABEL } from '../korifi/names.ts';
import { fingerprint, type View } from './view.ts';

/** What there is, by a name that people know, and what can be said of it. Nothing in it depends on the registry's host. */
export type Portrait = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** A foundation as its users see it. */
export function portraitOf(view: View, registryHost: string): Portrait {
  const portrait = new Map<string, Record<string, string>>();
  const homes = homesOf(view);
  for (const org of view.all(KINDS.CFOrg)) {
    portrait.set(`org ${org.spec.displayName}`, {
      guid: org.metadata.name,
      roles: roles(view, org),
      labels: labels(org),
    });
  }
  for (const space of view.all(KINDS.CFSpace)) {
    portrait.set(`space ${homes.get(space.metadata.name)}`, {
      guid: space.metadata.name,
      roles: roles(view, space),
      labels: labels(space),
    });
  }
  for (const app of view.all(KINDS.CFApp)) {
    portrait.set(
      `app ${homes.get(app.metadata.namespace ?? '')}/${app.spec.displayName}`,
      appFacts(view, app),
    );
  }
  for (const service of view.all(KINDS.CFServiceInstance)) {
    const name = `service ${homes.get(service.metadata.namespace ?? '')}/${service.spec.displayName}`;
    portrait.set(name, serviceFacts(view, service));
  }
  for (const domain of view.all(KINDS.CFDomain)) {
    portrait.set(`domain ${domain.spec.name}`, { ready: String(isTrue(domain, 'Ready')) });
  }
  for (const route of view.all(KINDS.CFRoute))
    portrait.set(`route ${route.status?.uri ?? route.metadata.name}`, routeFacts(view, route));
  installation(view, registryHost, portrait);
  return portrait;
}

function homesOf(view: View): Map<string, string> {
  const orgs = new Map(view.all(KINDS.CFOrg).map(org => [org.metadata.name, org.spec.displayName as string]));
  const spaces = view.all(KINDS.CFSpace);
  return new Map(
    spaces.map(({ metadata, spec }) => [
      metadata.name,
      `${orgs.get(metadata.namespace ?? '')}/${spec.displayName}`,
    ]),
  );
}

function appFacts(view: View, app: KubeObject): Record<string, string> {
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
      .map(binding => `${binding.spec.service.name} ${isTrue(binding, 'VCAPServicesSecretAvailable')}`)
      .sort()
      .join(', '),
    labels: labels(app),
    revision: app.metadata.annotations?.['korifi.cloudfoundry.org/app-rev'] ?? '',
  };
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

function serviceFacts(view: View, service: KubeObject): Record<string, string> {
  const { namespace, name } = service.metadata;
  return {
    guid: name,
    type: service.spec.type,
    tags: (service.spec.tags ?? []).join(),
    credentials: dataOf(view.find(KINDS.Secret, namespace, service.spec.secretName)),
    available: String(isTrue(service, 'BindingSecretAvailable')),
  };
}

function routeFacts(view: View, { metadata, spec, status }: KubeObject): Record<string, string> {
  const destinations: { guid: string; appRef: { name: string }; processType: string }[] =
    spec.destinations ?? [];
  return {
    guid: metadata.name,
    to: destinations
      .map(({ guid, appRef, processType }) => `${appRef.name} ${processType} ${guid}`)
      .sort()
      .join(),
    valid: String(status?.currentStatus === 'valid'),
    proxied: String(view.find(KINDS.HTTPProxy, metadata.namespace, metadata.name) !== undefined),
  };
}

/** Bindings that somebody made there, not the copies from above. */
function roles(view: View, { metadata }: KubeObject): string {
  const bindings = view
    .in(KINDS.RoleBinding, metadata.name)
    .filter(binding => binding.metadata.labels?.[LABEL.propagatedFrom] === undefined);
  return bindings
    .map(({ roleRef, subjects }) => `${subjects?.[0]?.name} ${roleRef.name}`)
    .sort()
    .join(', ');
}

/** Labels and annotations that users made. */
function labels({ metadata }: KubeObject): string {
  const all = { ...metadata.labels, ...metadata.annotations };
  const users = Object.entries(all).filter(([key]) => !key.includes('/'));
  return users
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(', ');
}

function dataOf(secret: KubeObject | undefined, normalise = (text: string) => text): string {
  if (secret === undefined) return 'none';
  const entries = Object.entries<string>(secret.data ?? {});
  const shown = entries.map(([key, value]) => {
    return `${key}=${fingerprint(normalise(Buffer.from(value, 'base64').toString()))}`;
  });
  return shown.sort().join(', ');
}

/** What the operator installed, and with which values. */
function installation(view: View, host: string, portrait: Map<string, Record<string, string>>): void {
  const anywhere = (text: string) => text.replaceAll(host, 'REGISTRY');
  for (const { metadata, spec, status, ...install } of view.all(KINDS.PackageInstall)) {
    const values = (spec.values ?? []).map(({ secretRef }: { secretRef: { name: string } }) =>
      dataOf(view.find(KINDS.Secret, metadata.namespace, secretRef.name), anywhere),
    );
    portrait.set(`package install ${metadata.namespace}/${metadata.name}`, {
      package: spec.packageRef.refName,
      version: status?.version ?? '',
      values: values.join(', '),
      reconciled: String(hasCondition({ metadata, spec, status, ...install }, 'ReconcileSucceeded')),
    });
  }
  for (const repository of view.all(KINDS.PackageRepository)) {
    const { namespace, name } = repository.metadata;
    const offered = view.in(KINDS.Package, namespace).filter(({ metadata }) => {
      return metadata.annotations?.['packaging.carvel.dev/package-repository-ref'] === `${namespace}/${name}`;
    });
    portrait.set(`package repository ${namespace}/${name}`, {
      packages: offered
        .map(({ metadata }) => metadata.name)
        .sort()
        .join(', '),
      reconciled: String(hasCondition(repository, 'ReconcileSucceeded')),
    });
  }
  for (const { metadata } of view.all(KINDS.Password)) {
    const secret = view.find(KINDS.Secret, metadata.namespace, metadata.name);
    portrait.set(`password ${metadata.namespace}/${metadata.name}`, { value: dataOf(secret) });
  }
  for (const { metadata, spec } of view.all(KINDS.SecretExport)) {
    portrait.set(`secret export ${metadata.namespace}/${metadata.name}`, { to: JSON.stringify(spec) });
  }
}
