import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { program } from './programs.ts';
import type { Run } from './run.ts';
import { freePort } from './server.ts';

/** Starts etcd and returns the URL it serves clients at. */
export async function startEtcd(run: Run): Promise<string> {
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  await run.start({
    program: program('etcd'),
    args: [
      `--data-dir=${join(run.directory, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      `--quota-backend-bytes=${8 * 1024 ** 3}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    readiness: { url: `${client}/readyz`, statuses: [200] },
  });
  return client;
}

/** What an API server works with: all but `etcd` are paths of files. */
export interface ApiserverSettings {
  /** URL of etcd. */
  readonly etcd: string;
  readonly certificates: Certificates;
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
  /** Token of somebody who may ask whether the server is ready. */
  readonly token: string;
  /** Further flags; they win over the testbed's own. */
  readonly flags: readonly string[];
}

/** Starts kube-apiserver and returns its URL. */
export async function startApiserver(run: Run, settings: ApiserverSettings): Promise<URL> {
  const port = await freePort();
  const server = new URL(`https://127.0.0.1:${port}`);
  await run.start({
    program: program('kube-apiserver'),
    args: [
      `--etcd-servers=${settings.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      // Without these two a machine that has no network but loopback could not start it.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${settings.certificates.cert}`,
      `--tls-private-key-file=${settings.certificates.key}`,
      `--client-ca-file=${settings.certificates.ca}`,
      `--token-auth-file=${settings.tokenFile}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://testbed.example',
      `--service-account-key-file=${settings.serviceAccountKey}`,
      `--service-account-signing-key-file=${settings.serviceAccountKey}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--disable-admission-plugins=ServiceAccount',
      ...settings.flags,
    ],
    readiness: { url: `${server.origin}/readyz`, token: settings.token, statuses: [200] },
  });
  return server;
}

/** What a controller manager works with: all but `controllers` are paths of files. */
export interface ControllerSettings {
  readonly controllers: readonly string[];
  readonly kubeconfig: string;
  readonly certificates: Certificates;
  readonly serviceAccountKey: string;
}

/** Starts kube-controller-manager. */
export async function startControllerManager(run: Run, settings: ControllerSettings): Promise<void> {
  const port = await freePort();
  await run.start({
    program: program('kube-controller-manager'),
    args: [
      `--kubeconfig=${settings.kubeconfig}`,
      `--controllers=${settings.controllers.join(',')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${settings.certificates.cert}`,
      `--tls-private-key-file=${settings.certificates.key}`,
      `--service-account-private-key-file=${settings.serviceAccountKey}`,
    ],
    readiness: { url: `https://127.0.0.1:${port}/healthz`, statuses: [200] },
  });
}

/** Writes a key to sign service account tokens with into a folder and returns its path. */
export async function writeServiceAccountKey(directory: string): Promise<string> {
  const path = join(directory, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return path;
}
