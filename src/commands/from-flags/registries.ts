import { readFile } from 'node:fs/promises';
import { Failure } from '../../base/errors.ts';
import type { Flow } from '../../base/flow.ts';
import type { ApiCluster } from '../../cluster/client.ts';
import { parseServicePort } from '../../cluster/service.ts';
import type { Report } from '../../progress/events.ts';
import { createRegistries } from '../../registry/client.ts';
import type { CredentialSource } from '../../registry/credentials.ts';
import { createCredentials } from '../../registry/docker-config.ts';
import { type Dial, parseEndpoint } from '../../registry/endpoints.ts';
import type { Registries } from '../../registry/registry.ts';
import type { LoginAt } from '../../restore/mapping.ts';
import { parsePullSecretRule, withPullSecrets } from './pull-secrets.ts';

interface RegistryFlagValues {
  readonly 'registry-ca'?: string[] | undefined;
  readonly 'plain-http'?: string[] | undefined;
  readonly 'insecure-registry'?: string[] | undefined;
  readonly 'registry-endpoint'?: string[] | undefined;
  readonly 'pull-secret-map'?: string[] | undefined;
}

/** Registries as the flags say, with the logins that the foundation turns out to hold. */
export interface OpenRegistries {
  readonly registries: Registries;
  readonly onPullSecret: (dockerConfig: string) => void;
  /**
   * The name and password that pull secrets get at a registry: of the Secret that the flags name, or else those with
   * which this run would come there. Undefined for none or another kind.
   */
  readonly loginAt: LoginAt;
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
  const credentials = createCredentials({
    onHelperFailure: ({ message, hints: [hint] }) =>
      report({ type: 'note', text: `${message}: going on without it (${hint})` }),
  });
  const given = await readAuthorities(flags);
  const registries = registriesWith(credentials, { flags, cluster, report, flow, authorities: given });
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
  const secrets = (flags['pull-secret-map'] ?? []).map(parsePullSecretRule);
  const own: LoginAt = async registry => {
    const credential = await credentials.for({ registry, path: '' });
    return credential?.kind === 'password' ? credential : undefined;
  };
  const loginAt = withPullSecrets(secrets, cluster, own);
  return { registries, onPullSecret, loginAt, authorities: given };
}

interface Surroundings {
  readonly flags: RegistryFlagValues;
  readonly cluster: ApiCluster;
  readonly report: Report;
  readonly flow: Flow;
  readonly authorities: string | undefined;
}

/** Registries as the flags say, with logins from one place only. */
export function registriesWith(
  credentials: CredentialSource,
  { flags, cluster, report, flow, authorities }: Surroundings,
): Registries {
  const dialTo = (place: string): Dial | undefined => {
    const service = parseServicePort(place);
    const dialler = service && cluster.dialler(service);
    return dialler && (() => dialler.dial());
  };
  return createRegistries({
    credentials,
    flow,
    plainHttp: new Set(flags['plain-http'] ?? []),
    insecure: new Set(flags['insecure-registry'] ?? []),
    endpoints: new Map((flags['registry-endpoint'] ?? []).map(text => parseEndpoint(text, dialTo))),
    retry: { onRetry: retry => report({ type: 'retry', ...retry }) },
    ...(authorities !== undefined && { ca: authorities }),
  });
}

/** The certificates of `--registry-ca`, PEM. */
async function readAuthorities(flags: RegistryFlagValues): Promise<string | undefined> {
  const files = await Promise.all((flags['registry-ca'] ?? []).map(readCertificates));
  return files.length === 0 ? undefined : files.join('\n');
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
