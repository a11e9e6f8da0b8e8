import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificates, certificates } from './certificates.ts';
import {
  startApiserver,
  startControllerManager,
  startEtcd,
  writeServiceAccountKey,
} from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kubectl } from './kubectl.ts';
import { programPath, serverModules } from './programs.ts';
import { Run } from './run.ts';
import { makeTokens, readerRights, type User, writeTokenFile } from './users.ts';

export { certificates } from './certificates.ts';
export { kubectl } from './kubectl.ts';
export { type RealRegistry, type RegistryOptions, startRegistry } from './registry.ts';

/** How the API server is to run. */
export interface TestbedOptions {
  /** The controllers to run, by kube-controller-manager's names; none at all starts no controller manager. */
  readonly controllers?: readonly string[];
  /** Added to kube-apiserver's command line, such as `--max-requests-inflight=20`. */
  readonly apiserverFlags?: readonly string[];
  /** Begins the data folder's name. */
  readonly name?: string;
}

/** A running Kubernetes API server with its etcd and controllers. It has no nodes: pods are never started. */
export interface Testbed {
  /** Path of the admin's kubeconfig, with the one context `testbed`. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: URL;
  readonly adminToken: string;
  /** Path of the certificate authority that signed the server's certificate. */
  readonly caFile: string;
  /** The authority's other certificates; the API server takes the client's one for the admin's. */
  readonly certificates: Certificates;
  /** A user's bearer token. */
  tokenFor(user: User): string;
  /** Writes a user's kubeconfig, with the one context `testbed`, and returns its path. */
  kubeconfigFor(user: User): Promise<string>;
  /** A folder with all the testbed's programs, fit for PATH. */
  readonly bin: string;
  /** The data folder, with the servers' logs; tests may put files there. */
  readonly directory: string;
  /** Ends the servers and removes the data folder. */
  stop(): Promise<void>;
}

const defaultControllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
];

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on free ports.
 *
 * @throws Error when a program is not built, or a server does not get ready, with the end of its log.
 */
export async function startTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const controllers = options.controllers ?? defaultControllers;
  const run = new Run(options.name ?? 'asa-backup-testbed');
  const { directory } = run;
  try {
    const files = await certificates(directory);
    const tokens = makeTokens();
    const serviceAccountKey = await writeServiceAccountKey(directory);
    const server = await startApiserver(run, {
      etcd: await startEtcd(run),
      certificates: files,
      tokenFile: await writeTokenFile(directory, tokens),
      serviceAccountKey,
      token: tokens.admin,
      flags: options.apiserverFlags ?? [],
    });
    const kubeconfigFor = (user: User) => writeKubeconfig(directory, server, files.ca, user, tokens[user]);
    const kubeconfig = await kubeconfigFor('admin');
    await kubectl(kubeconfig, ['create', '-f', '-'], readerRights);
    if (controllers.length > 0) {
      await startControllerManager(run, { controllers, kubeconfig, certificates: files, serviceAccountKey });
    }
    return {
      kubeconfig,
      server,
      adminToken: tokens.admin,
      caFile: files.ca,
      certificates: files,
      tokenFor: user => tokens[user],
      kubeconfigFor,
      bin: await linkPrograms(directory),
      directory,
      stop: () => run.stop(),
    };
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** Links every program that is there into one folder, wherever each of them is, and returns its path. */
async function linkPrograms(directory: string): Promise<string> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  for (const name of serverModules.flatMap(module => Object.keys(module.programs))) {
    const path = programPath(name);
    if (existsSync(path)) {
      await symlink(path, join(bin, name));
    }
  }
  return bin;
}
