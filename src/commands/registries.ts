import { readFile } from 'node:fs/promises';
import { Failure } from '../base/errors.ts';
import type { Flow } from '../base/flow.ts';
import type { ApiCluster } from '../cluster/client.ts';
import { parseServicePort } from '../cluster/service.ts';
import type { Report } from '../progress/events.ts';
import { createRegistries } from '../registry/client.ts';
import { createCredentials } from '../registry/docker-config.ts';
import { type Dial, parseEndpoint } from '../registry/endpoints.ts';
import type { Registries } from '../registry/registry.ts';

interface RegistryFlagValues {
  readonly 'registry-ca'?: string[] | undefined;
  readonly 'plain-http'?: string[] | undefined;
  readonly 'insecure-registry'?: string[] | undefined;
  readonly 'registry-endpoint'?: string[] | undefined;
}

/** Registries as the flags say, with the logins that the foundation turns out to hold. */
export interface OpenRegistries {
  readonly registries: Registries;
  readonly onPullSecret: (dockerConfig: string) => void;
  /** The name and password with which this run would come to a registry; undefined for none or another kind. */
  readonly loginAt: (registry: string) => Promise<{ username: string; password: string } | undefined>;
  /** The certificates of `--registry-ca`, PEM. */
  readonly authorities: string | undefined;
}

/** @param cluster through which registries are reached that only it can reach */
export async function openRegistries(
  flags: RegistryFlagValues,
  cluster: ApiCluster,
  report: Report,
  flow: Flow,
): Promise<OpenRegistries> {
  const credentials = createCredentials();
  const authorities = await Promise.all((flags['registry-ca'] ?? []).map(readCertificates));
  const dialTo = (place: string): Dial | undefined => {
    const service = parseServicePort(place);
    const dialler = service && cluster.dialler(service);
    return dialler && (() => dialler.dial());
  };
  const registries = createRegistries({
    credentials,
    flow,
    plainHttp: new Set(flags['plain-http'] ?? []),
    insecure: new Set(flags['insecure-registry'] ?? []),
    endpoints: new Map((flags['registry-endpoint'] ?? []).map(text => parseEndpoint(text, dialTo))),
    retry: { onRetry: retry => report({ type: 'retry', ...retry }) },
    ...(authorities.length > 0 && { ca: authorities.join('\n') }),
  });
  const onPullSecret = (config: string) => {
    try {
      credentials.addPullSecret(JSON.parse(config));
    } catch {
      // Somebody's broken Secret; its registry will say that a login is missing, if it was needed.
      report({
        type: 'note',
        text: 'a registry login in the foundation is no docker configuration, and is not used',
      });
    }
  };
  const loginAt = async (registry: string) => {
    const credential = await credentials.for({ registry, path: '' });
    return credential?.kind === 'password' ? credential : undefined;
  };
  const given = authorities.length > 0 ? authorities.join('\n') : undefined;
  return { registries, onPullSecret, loginAt, authorities: given };
}

async function readCertificates(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw new Failure('usage', 'the certificates of --registry-ca cannot be read', { subject: path, cause });
  }
  throw new Failure('usage', 'the file of --registry-ca has no PEM certificate', { subject: path });
}
