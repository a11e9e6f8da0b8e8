import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A Go module under `servers/` that builds one or more of the test servers and tools. */
export interface ServerModule {
  /** Folder under `servers/`. */
  readonly name: string;
  /** Programs by name, each with the Go package it is built from. */
  readonly programs: Readonly<Record<string, string>>;
  /** The required Go module whose version is stamped into the programs, and the string variables that take it. */
  readonly stamp?: { readonly module: string; variables(version: string): Readonly<Record<string, string>> };
}

/** Everything the testbed can build. */
export const serverModules: readonly ServerModule[] = [
  {
    name: 'kubernetes',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    stamp: {
      module: 'k8s.io/kubernetes',
      variables: version => {
        const [major = '', minor = ''] = version.slice(1).split('.');
        const prefix = 'k8s.io/component-base/version.git';
        return { [`${prefix}Version`]: version, [`${prefix}Major`]: major, [`${prefix}Minor`]: minor };
      },
    },
  },
  { name: 'etcd', programs: { etcd: '.' } },
  { name: 'registry', programs: { registry: 'github.com/distribution/distribution/v3/cmd/registry' } },
  {
    name: 'crane',
    programs: { crane: 'github.com/google/go-containerregistry/cmd/crane' },
    stamp: {
      module: 'github.com/google/go-containerregistry',
      variables: version => ({ 'github.com/google/go-containerregistry/cmd/crane/cmd.Version': version }),
    },
  },
  { name: 'regctl', programs: { regctl: 'github.com/regclient/regclient/cmd/regctl' } },
  { name: 'oras', programs: { oras: '.' } },
  { name: 'tools', programs: { tools: '.' } },
];

/** The folder of a server module's Go sources. */
export function moduleFolder(name: string): string {
  return join(import.meta.dirname, 'servers', name);
}

/** The folder a module's programs are kept in: outside the checkout, one for each state of the module. */
export function cacheFolder(name: string): string {
  const sources = moduleFolder(name);
  const hash = createHash('sha256');
  for (const path of readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/(^|[\\/])go\.(mod|sum)$|\.go$/.test(path)) {
      hash.update(`${path}\0`).update(readFileSync(join(sources, path)));
    }
  }
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(caches, 'asa-backup-testbed', `${name}-${hash.digest('hex').slice(0, 16)}`);
}

const kubebuilderPrograms = ['kube-apiserver', 'etcd', 'kubectl'];

/**
 * Where a program is or, once built, will be: in the folder `ASA_TESTBED_BIN` if that is set; in the folder
 * `KUBEBUILDER_ASSETS` if it has one of the three programs that belong there; otherwise in the cache folder.
 *
 * @throws Error for a name that no module has.
 */
export function programPath(name: string): string {
  const { ASA_TESTBED_BIN: readyMade, KUBEBUILDER_ASSETS: assets } = process.env;
  if (readyMade) {
    return join(readyMade, name);
  }
  if (assets && kubebuilderPrograms.includes(name) && existsSync(join(assets, name))) {
    return join(assets, name);
  }
  const module = serverModules.find(({ programs }) => name in programs);
  if (module === undefined) throw new Error(`the testbed has no program ${name}`);
  return join(cacheFolder(module.name), name);
}

/**
 * The path of a program that is there.
 *
 * @throws Error when it has not been built.
 */
export function program(name: string): string {
  const path = programPath(name);
  if (!existsSync(path)) {
    throw new Error(`${path} does not exist: build the test servers with \`node test/testbed/build.ts\``);
  }
  return path;
}
