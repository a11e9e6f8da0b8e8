import { Failure } from '../../base/errors.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { loginDocument } from '../../foundation/login-document.ts';
import { findLogin, parseAuthDocument } from '../../registry/auth-document.ts';
import { normaliseHost } from '../../registry/reference.ts';
import type { Login } from '../../restore/logins.ts';
import type { LoginAt } from '../../restore/mapping.ts';

/** Pull secrets for a registry of the source get the login of a Secret of the target. */
export interface PullSecretRule {
  readonly from: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reads `HOST=NAMESPACE/NAME`, as `--pull-secret-map` has it. @throws Failure `usage` with what is expected */
export function parsePullSecretRule(text: string): PullSecretRule {
  const [, from = '', namespace = '', name = ''] = /^([^=/]+)=([^/=]+)\/([^/=]+)$/.exec(text) ?? [];
  if (from !== '') return { from: normaliseHost(from), namespace, name };
  throw new Failure(
    'usage',
    'expected HOST=NAMESPACE/NAME, a registry of the source and a Secret of the target',
    {
      subject: text.slice(0, 300),
      hints: ['for example registry.old.example.com=cf/image-registry-credentials'],
    },
  );
}

/** The logins that rules name, and those known without a word for all other registries. */
export function withPullSecrets(rules: readonly PullSecretRule[], cluster: Cluster, own: LoginAt): LoginAt {
  return async (registry, sources) => {
    const rule = rules.find(({ from }) => sources.includes(from));
    return rule === undefined ? own(registry, sources) : loginIn(cluster, rule, registry);
  };
}

/**
 * The login that a Secret of the target has for a registry.
 * @throws Failure `refused` when it is not there or has none, `forbidden` when it may not be read
 */
export async function loginIn(
  cluster: Cluster,
  { namespace, name }: PullSecretRule,
  registry: string,
): Promise<Login> {
  const subject = `Secret ${namespace}/${name}`;
  const resource = (await cluster.discover()).find('', 'Secret', ['v1']);
  const secret = resource && (await cluster.get(resource, namespace, name));
  if (secret === undefined) throw new Failure('refused', 'the target has no such Secret', { subject });
  const logins = loginDocument(secret);
  const document = logins === undefined ? undefined : parsed(logins);
  const found =
    document === undefined
      ? undefined
      : findLogin(parseAuthDocument(document, subject), { registry, path: '' });
  if (found?.kind === 'password') return found;
  throw new Failure('refused', `it has no name and password for ${registry}`, {
    subject,
    hints: [`make one with: kubectl create secret docker-registry -n ${namespace} ${name}`],
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse quotes what it stumbled over, which may be a password.
    return undefined;
  }
}
