import type { Finding } from '../../base/findings.ts';
import { idOf, type KubeObject, showId } from '../../base/object.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import { INSTALLERS, RBAC } from '../../foundation/kinds/common.ts';
import { texts, values } from '../../foundation/path.ts';
import type { Grant } from '../../progress/results/restore.ts';

/** What labels of a ClusterRole make Kubernetes add its rules to other roles, for everybody who has those. */
const AGGREGATES = 'metadata.labels["rbac.authorization.k8s.io/aggregate-to-"*]';
const CF_ADMIN = 'korifi-controllers-admin';
const EXCESS = 'untrusted-rights';
/** Rules of a role that are spelled out to people. */
const RULES_SHOWN = 3;

interface Binding {
  readonly name: string;
  readonly role: string;
  readonly subjects: readonly string[];
  /** Of all of CF, and not of the whole cluster. */
  readonly foundation: boolean;
}

interface ClusterRole {
  readonly rules: readonly string[];
  readonly aggregates: boolean;
}

/** Something that no honest backup of a foundation brings along; `name` is how a person asks for it all the same. */
export interface Excess extends Pick<Finding, 'code' | 'text'> {
  readonly name: string;
}

/**
 * The rights that an archive's objects give in the whole cluster, or in all of CF. What a package's own service
 * account had belongs to the package; whatever goes beyond is an {@link Excess}.
 */
export class Grants {
  readonly #rootNamespace: string | undefined;
  readonly #bindings: Binding[] = [];
  readonly #roles = new Map<string, ClusterRole>();
  readonly #boundRoles = new Set<string>();
  /** By service account, as a binding's subject names it: what is installed under it. */
  readonly #installs = new Map<string, string[]>();
  readonly #accounts = new Set<string>();

  constructor(rootNamespace: string | undefined) {
    this.#rootNamespace = rootNamespace;
  }

  see({ group, kind }: KindDescriptor, object: KubeObject): void {
    if (kind === 'ServiceAccount') this.#accounts.add(accountOf(object, object.metadata.name));
    else if (INSTALLERS.some(installer => installer.group === group && installer.kind === kind)) {
      for (const name of texts(object, 'spec.serviceAccountName')) this.#installed(object, name);
    } else if (group === RBAC) this.#seeRole(kind, object);
  }

  /** Every right in the whole cluster or in all of CF. */
  list(): Grant[] {
    return this.#bindings.map(({ name, role, subjects, foundation }) => ({
      binding: name,
      role,
      subjects: [...subjects],
      scope: foundation ? 'foundation' : 'cluster',
      rules: [...(this.#roles.get(role)?.rules ?? [])],
      installs: subjects.flatMap(subject => this.#installs.get(subject) ?? []),
    }));
  }

  excess(): Excess[] {
    const bindings = this.#bindings
      .filter(({ foundation }) => !foundation)
      .flatMap(({ name, subjects }): Excess[] => {
        const [other] = subjects.filter(subject => !this.#installs.has(subject));
        if (other === undefined) return [];
        const text = `${name} gives ${other} rights in the whole cluster, and nothing is installed under that`;
        return [{ code: EXCESS, name: name.replace(' ', '/'), text }];
      });
    const roles = [...this.#roles].flatMap(([role, { aggregates }]): Excess[] => {
      const name = `ClusterRole/${role}`;
      if (aggregates)
        return [
          { code: EXCESS, name, text: `ClusterRole ${role} adds its rights to roles that the cluster has` },
        ];
      return this.#boundRoles.has(role)
        ? []
        : [{ code: EXCESS, name, text: `ClusterRole ${role} is given to nobody in the archive` }];
    });
    return [...bindings, ...roles];
  }

  /** What is installed under service accounts that the target has, with whatever rights they have there. */
  borrowed(): string[] {
    return [...this.#installs]
      .filter(([account]) => !this.#accounts.has(account))
      .flatMap(([account, installs]) =>
        installs.map(install => `${install} is installed with the rights that ${account} has on the target`),
      );
  }

  #installed(object: KubeObject, serviceAccount: string): void {
    const account = accountOf(object, serviceAccount);
    this.#installs.set(account, [...(this.#installs.get(account) ?? []), showId(idOf(object))]);
  }

  #seeRole(kind: string, object: KubeObject): void {
    const { name, namespace } = object.metadata;
    if (kind === 'ClusterRole') {
      const aggregates = texts(object, AGGREGATES).includes('true');
      this.#roles.set(name, { rules: rulesOf(object), aggregates });
    }
    const [role] = texts(object, 'roleRef.name');
    if (role === undefined) return;
    const ofCluster = texts(object, 'roleRef.kind')[0] === 'ClusterRole';
    if (ofCluster) this.#boundRoles.add(role);
    const foundation = kind === 'RoleBinding' && namespace === this.#rootNamespace && role === CF_ADMIN;
    if (kind === 'RoleBinding' && !(foundation && ofCluster)) return;
    const subjects = values(object, 'subjects[]').map(subject => showSubject(subject, namespace));
    this.#bindings.push({ name: showId(idOf(object)), role, subjects, foundation });
  }
}

/** One right in words. */
export function showGrant({ binding, role, subjects, scope, rules, installs }: Grant): string {
  const to = subjects.length === 0 ? 'nobody' : subjects.join(', ');
  const where = scope === 'cluster' ? 'in the whole cluster' : 'in all of CF';
  const shown = rules.slice(0, RULES_SHOWN).join('; ');
  const more = rules.length > RULES_SHOWN ? `; ${rules.length - RULES_SHOWN} more rules` : '';
  const what = rules.length === 0 ? '' : ` (${shown}${more})`;
  const why =
    installs.length === 0
      ? ''
      : `: ${installs.join(', ')} ${installs.length === 1 ? 'is' : 'are'} installed under it`;
  return `${binding} gives ${to} the role ${role}${what} ${where}${why}`;
}

function accountOf({ metadata }: KubeObject, name: string): string {
  return `ServiceAccount ${metadata.namespace ?? ''}/${name}`;
}

function showSubject(subject: unknown, namespace: string | undefined): string {
  const { kind, name, namespace: own = namespace } = (subject ?? {}) as Record<string, unknown>;
  return kind === 'ServiceAccount' ? `ServiceAccount ${own}/${name}` : `${kind} ${name}`;
}

/** `get, list secrets`, `* *.*`: verbs, and resources with their groups. */
function rulesOf(role: KubeObject): string[] {
  if (values(role, 'aggregationRule').length > 0) return ['whatever other roles of the cluster add to it'];
  return values(role, 'rules[]').map(rule => {
    const what = [...texts(rule, 'resources[]'), ...texts(rule, 'nonResourceURLs[]')];
    const groups = texts(rule, 'apiGroups[]').filter(group => group !== '');
    const of = groups.length === 0 ? '' : ` of ${groups.join(', ')}`;
    return `${texts(rule, 'verbs[]').join(', ')} ${what.join(', ')}${of}`;
  });
}
