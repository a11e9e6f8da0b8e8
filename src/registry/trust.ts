import { X509Certificate } from 'node:crypto';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls';
import { Failure, reasonOf } from '../base/errors.ts';
import { certificateFolders, readCertificates } from './certificates.ts';
import { normaliseHost } from './reference.ts';

/** Whose certificates are believed. */
export interface TrustOptions {
  /** PEM certificates to trust besides the system's. */
  readonly ca?: string;
  /** Registries (`host[:port]`) whose certificates are not checked. */
  readonly insecure?: ReadonlySet<string>;
  /** For `ASA_BACKUP_CERTS_DIR`. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** How TLS is spoken with a host: options of tls.connect. */
export type HostTls = Pick<
  ConnectionOptions,
  'secureContext' | 'rejectUnauthorized' | 'checkServerIdentity'
> & {
  readonly secureContext: SecureContext;
};

/** Whom to trust, and what to show to those who ask who we are. */
export class Trust {
  readonly #options: TrustOptions;
  readonly #folders: readonly string[];
  readonly #insecure: ReadonlySet<string>;
  readonly #hosts = new Map<string, Promise<HostTls>>();
  readonly #added = new Set<string>();
  #common: HostTls | undefined;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#folders = certificateFolders(options.environment);
    this.#insecure = new Set([...(options.insecure ?? [])].map(normaliseHost));
  }

  /** One more authority; false when one of its certificates cannot be read, and none is taken then. */
  add(pem: string): boolean {
    const certificates = pem.match(CERTIFICATE) ?? [];
    if (certificates.length === 0 || !certificates.every(isCertificate)) return false;
    for (const certificate of certificates) this.#added.add(certificate);
    this.#hosts.clear();
    this.#common = undefined;
    return true;
  }

  /**
   * The same object for all hosts that nothing special is said of.
   * @param name what the registry is called, where it is reached at another host; its certificate may be for either
   * @throws Failure `usage` for certificates in certs.d that cannot be used
   */
  for(host: string, name: string = host): Promise<HostTls> {
    const known = this.#hosts.get(host) ?? this.#find(host, name);
    this.#hosts.set(host, known);
    return known;
  }

  async #find(host: string, name: string): Promise<HostTls> {
    const names = [...new Set([name, host])];
    const found = await Promise.all(names.map(each => readCertificates(this.#folders, each)));
    const own = found.find(({ authorities, certificates }) => authorities.length + certificates.length > 0);
    const tls: HostTls =
      own === undefined ? this.#default() : { secureContext: contextOf(this.#trusted(), own, name) };
    if (names.some(each => this.#insecure.has(each))) return { ...tls, rejectUnauthorized: false };
    if (names.length === 1) return tls;
    return { ...tls, checkServerIdentity: (_, certificate) => identityError(names, certificate) };
  }

  /** Made once: to parse hundreds of certificates costs more than a handshake. */
  #default(): HostTls {
    this.#common ??= { secureContext: createSecureContext({ ca: this.#trusted() }) };
    return this.#common;
  }

  #trusted(): string[] {
    const own = this.#options.ca === undefined ? [] : [this.#options.ca];
    const known = [...getCACertificates('default'), ...getCACertificates('system')];
    return [...new Set([...known, ...own, ...this.#added])];
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function contextOf(
  trusted: readonly string[],
  { authorities, certificates, keys }: Awaited<ReturnType<typeof readCertificates>>,
  registry: string,
): SecureContext {
  try {
    return createSecureContext({
      ca: [...trusted, ...authorities],
      ...(certificates.length > 0 && { cert: [...certificates], key: [...keys] }),
    });
  } catch (cause) {
    throw new Failure('usage', `the certificates in certs.d cannot be used: ${reasonOf(cause)}`, {
      subject: registry,
      cause,
    });
  }
}

/** Right when the certificate is for one of the names. */
function identityError(
  names: readonly string[],
  certificate: Parameters<typeof checkServerIdentity>[1],
): Error | undefined {
  const errors = names.map(name => checkServerIdentity(hostnameOf(name), certificate));
  return errors.includes(undefined) ? undefined : errors[0];
}

function hostnameOf(host: string): string {
  return new URL(`https://${host}`).hostname.replace(/^\[|\]$/g, '');
}
