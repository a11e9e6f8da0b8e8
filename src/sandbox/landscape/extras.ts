import { dump } from 'js-yaml';
import type { Cluster } from '../../cluster/cluster.ts';
import { hasCondition } from '../carvel/status.ts';
import { pushBundle } from '../images/bundle.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { apply } from '../platform/apply.ts';
import { until } from '../platform/until.ts';
import { DRAIN_PACKAGE, DRAIN_VERSION } from './repositories.ts';

/**
 * What operators have beside the adapter: generated and templated secrets, a paused install, an App that no
 * package made.
 */
export async function addExtras(
  cluster: Cluster,
  images: ImageClient,
  namespace: string,
  login: string,
): Promise<void> {
  const named = (name: string) => ({ metadata: { name, namespace } });
  await apply(cluster, KINDS.Password, { ...named('drain-signing-key'), spec: { length: 32 } });
  await apply(cluster, KINDS.SSHKey, { ...named('deploy-key'), spec: {} });
  await until(cluster, KINDS.Secret, namespace, 'drain-signing-key', () => true);
  await apply(cluster, KINDS.SecretTemplate, {
    ...named('drain-client'),
    spec: {
      inputResources: [{ name: 'key', ref: { apiVersion: 'v1', kind: 'Secret', name: 'drain-signing-key' } }],
      template: { type: 'Opaque', data: { token: '$(.key.data.password)' } },
    },
  });
  await apply(cluster, KINDS.PackageInstall, {
    ...named('log-drain-standby'),
    spec: {
      paused: true,
      serviceAccountName: `log-drain-${namespace}-sa`,
      packageRef: { refName: DRAIN_PACKAGE, versionSelection: { constraints: DRAIN_VERSION } },
      values: [{ secretRef: { name: `log-drain-${namespace}-values` } }],
    },
  });
  await addStandaloneApp(cluster, images, namespace, login);
}

async function addStandaloneApp(
  cluster: Cluster,
  images: ImageClient,
  namespace: string,
  login: string,
): Promise<void> {
  const notes = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cluster-notes', namespace },
    data: { owner: 'platform team' },
  };
  const repository = `${images.registry.host}/vendor/cluster-notes`;
  const image = await pushBundle(images, repository, { 'config/notes.yml': dump(notes) }, [], ['1.0.0']);
  await apply(cluster, KINDS.App, {
    metadata: { name: 'cluster-notes', namespace },
    spec: {
      serviceAccountName: `log-drain-${namespace}-sa`,
      fetch: [{ imgpkgBundle: { image, secretRef: { name: login } } }],
      template: [{ ytt: { paths: ['config'] } }],
      deploy: [{ kapp: {} }],
    },
  });
  await until(cluster, KINDS.App, namespace, 'cluster-notes', app => hasCondition(app, 'ReconcileSucceeded'));
}
