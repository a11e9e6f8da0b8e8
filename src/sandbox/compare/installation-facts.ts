import type { KubeObject } from '../../base/object.ts';
import { hasCondition } from '../carvel/status.ts';
import { KINDS } from '../kinds.ts';
import { dataOf } from './facts.ts';
import type { View } from './view.ts';

type Facts = Readonly<Record<string, string>>;

/** What the operator installed, and with which values; the registry's host does not count. */
export function installationFacts(view: View, host: string): [string, Facts][] {
  const anywhere = (text: string) => text.replaceAll(host, 'REGISTRY');
  const secret = (namespace: string | undefined, name: string) =>
    dataOf(view.find(KINDS.Secret, namespace, name), anywhere);
  const generators = [KINDS.Password, KINDS.Certificate, KINDS.RSAKey, KINDS.SSHKey];
  return [
    ...view
      .all(KINDS.PackageInstall)
      .map(install => fact('package install', install, installFacts(install, secret))),
    ...view
      .all(KINDS.App)
      .map(app => fact('app deployment', app, { state: app.status?.friendlyDescription ?? '' })),
    ...view
      .all(KINDS.PackageRepository)
      .map(repository => fact('package repository', repository, repositoryFacts(view, repository))),
    ...[...generators, KINDS.SecretTemplate].flatMap(kind =>
      view.all(kind).map(made => {
        const { namespace, name } = made.metadata;
        return fact('generated secret', made, { value: secret(namespace, name) });
      }),
    ),
    ...view
      .all(KINDS.SecretExport)
      .map(made => fact('secret export', made, { to: JSON.stringify(made.spec) })),
  ];
}

function fact(sort: string, { metadata }: KubeObject, facts: Facts): [string, Facts] {
  return [`${sort} ${metadata.namespace}/${metadata.name}`, facts];
}

function installFacts(
  install: KubeObject,
  secret: (namespace: string | undefined, name: string) => string,
): Facts {
  const { metadata, spec, status } = install;
  const references: { secretRef: { name: string } }[] = spec.values ?? [];
  return {
    package: spec.packageRef.refName,
    version: status?.version ?? '',
    paused: String(spec.paused ?? false),
    values: references.map(({ secretRef }) => secret(metadata.namespace, secretRef.name)).join(', '),
    reconciled: String(hasCondition(install, 'ReconcileSucceeded')),
  };
}

function repositoryFacts(view: View, repository: KubeObject): Facts {
  const { namespace, name } = repository.metadata;
  const offered = view.in(KINDS.Package, namespace).filter(({ metadata }) => {
    return metadata.annotations?.['packaging.carvel.dev/package-repository-ref'] === `${namespace}/${name}`;
  });
  return {
    packages: offered
      .map(({ metadata }) => metadata.name)
      .sort()
      .join(', '),
    reconciled: String(hasCondition(repository, 'ReconcileSucceeded')),
  };
}
