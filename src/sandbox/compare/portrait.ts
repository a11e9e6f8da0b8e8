import type { KubeObject } from '../../base/object.ts';
import { isTrue } from '../controllers/conditions.ts';
import { KINDS } from '../kinds.ts';
import { credentialsOf, mountedData } from '../korifi/credentials.ts';
import { LABEL } from '../korifi/names.ts';
import { appFacts } from './app-facts.ts';
import { dataOf, labelsOf } from './facts.ts';
import { installationFacts } from './installation-facts.ts';
import type { View } from './view.ts';

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
      labels: labelsOf(org),
    });
  }
  for (const space of view.all(KINDS.CFSpace)) {
    portrait.set(`space ${homes.get(space.metadata.name)}`, {
      guid: space.metadata.name,
      roles: roles(view, space),
      labels: labelsOf(space),
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
  for (const [subject, facts] of installationFacts(view, registryHost)) portrait.set(subject, facts);
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

function serviceFacts(view: View, service: KubeObject): Record<string, string> {
  const { namespace, name } = service.metadata;
  return {
    guid: name,
    type: service.spec.type,
    tags: (service.spec.tags ?? []).join(),
    credentials: dataOf(flattened(view.find(KINDS.Secret, namespace, service.spec.secretName))),
    available: String(isTrue(service, 'BindingSecretAvailable') || isTrue(service, 'Ready')),
  };
}

/** Flat keys and a document of them are the same credentials; each Korifi has them in its own form. */
function flattened(secret: KubeObject | undefined): KubeObject | undefined {
  const credentials = secret && credentialsOf(secret);
  return credentials ? { ...secret, data: mountedData(credentials, 'user-provided') } : secret;
}

function routeFacts(view: View, route: KubeObject): Record<string, string> {
  const { metadata, spec, status } = route;
  const destinations: { guid: string; appRef: { name: string }; processType: string }[] =
    spec.destinations ?? [];
  return {
    guid: metadata.name,
    to: destinations
      .map(({ guid, appRef, processType }) => `${appRef.name} ${processType} ${guid}`)
      .sort()
      .join(),
    valid: String(status?.currentStatus === 'valid' || isTrue(route, 'Ready')),
    proxied: String(
      [KINDS.HTTPProxy, KINDS.HTTPRoute].some(kind => view.find(kind, metadata.namespace, metadata.name)),
    ),
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
