import type { Plan, PlannedImage, Selection } from '../archive/plan.ts';
import type { ArchiveReader } from '../archive/reader.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import { Failure } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { KubeObject } from '../base/object.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { crossing } from '../foundation/conversions/conversions.ts';
import type { MapRule } from '../foundation/image-map.ts';
import type { SubjectMap } from '../foundation/subjects.ts';
import type { Report } from '../progress/events.ts';
import type { Registries } from '../registry/registry.ts';
import type { ConfigMerge } from './carvel-config.ts';
import { type DomainRule, Domains } from './domains.ts';
import { type Placements, placeImages } from './images/placement.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type LoginAt, movesBetween } from './mapping.ts';
import { rewrittenValues } from './rewritten.ts';
import { choosePart, type Part } from './selection.ts';
import { ObjectStore } from './store.ts';
import { surveyTarget, type Target } from './target.ts';
import type { Mapping, PackageVersion } from './transform.ts';

/** What an archive and a target are told apart and brought together with. */
export interface PrepareOptions {
  readonly cluster: Cluster;
  readonly registries: Registries;
  /** Opened, with its head read. */
  readonly archive: ArchiveReader;
  /** Undefined when the archive's secrets are in plain text. */
  readonly opener: SecretOpener | undefined;
  /** Undefined means all that the archive holds. */
  readonly selection: Selection | undefined;
  /** Rules that a person gave; they go before those found in both sides' configuration. */
  readonly imageRules: readonly MapRule[];
  /** Which domain of the target a domain of the source is; the default domains of both are found. */
  readonly domainRules: readonly DomainRule[];
  /** New names for users and groups with roles. */
  readonly subjects?: SubjectMap | undefined;
  /** Apps that ran at the source are to run in the end; without it they stay stopped. */
  readonly start: boolean;
  /** Tasks that have ended come back as what they are; without it they stay in the archive. */
  readonly tasks?: boolean | undefined;
  /** Told of every registry login in the archive and in the target (a dockerconfigjson document). */
  readonly onPullSecret: (dockerConfig: string) => void;
  /** The login that pull secrets get. */
  readonly loginAt: LoginAt;
  /** Certificates (PEM) that a person gave for registries. */
  readonly authorities?: string | undefined;
  /** `keep` unless stated. */
  readonly packageVersion?: PackageVersion | undefined;
  /** The target is furnished for a rehearsal: that Korifi is there says nothing. */
  readonly rehearsed?: boolean;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** An archive as it would stand in a target, of which nothing has been written yet. */
export interface Prepared {
  readonly part: Part;
  readonly store: ObjectStore;
  readonly inventory: Inventory;
  readonly target: Target;
  readonly mapping: Mapping;
  readonly placements: Placements;
  /** Where package values will name something else. */
  readonly rewritten: readonly Finding[];
  /** What kapp-controller is to trust from now on; only of a restore. */
  readonly configMerge?: ConfigMerge | undefined;
  /** Leases that hold names for nobody; only of a restore. */
  readonly orphans?: readonly KubeObject[] | undefined;
}

/**
 * Reads the archive's objects and the target's configuration, and finds what goes where.
 * @throws Failure `refused` for an archive that is not to be restored.
 */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { archive, opener, cluster, registries, imageRules, report, signal } = options;
  const { head } = archive;
  const { tasks = false } = options;
  refuseRedacted(head.plan);
  report({ type: 'phase', phase: 'read' });
  const store = new ObjectStore(head, opener);
  const target = await surveyTarget(cluster, signal);
  const { korifi } = head.plan.source;
  const crossed = crossing(korifi?.version, target.korifi?.version);
  const part = await choosePart(store, korifi, options.selection, { tasks });
  const domains = new Domains({ source: korifi, target: target.korifi, rules: options.domainRules });
  const inventory = await takeInventory(store, {
    plan: head.plan,
    crossing: crossed,
    domains,
    target: target.korifi,
    start: options.start,
    part,
    tasks,
  });
  for (const login of [...target.logins, ...inventory.pullSecrets]) options.onPullSecret(login);
  for (const { pem, from } of target.authorities) {
    if (registries.trust(pem)) continue;
    report({ type: 'note', text: `the certificate authority in ${from} cannot be read, and is not used` });
  }
  const moves = await movesBetween(korifi, target.korifi, imageRules, options.loginAt);
  const { valuesSecrets, serviceCredentials } = inventory;
  const { authorities, packageVersion = 'keep' } = options;
  const given = { authorities, packageVersion, crossing: crossed, domains, subjects: options.subjects };
  const mapping = { ...moves, ...given, valuesSecrets, serviceCredentials };
  const placements = placeImages(
    head,
    mapping.images,
    image => part.wants(image) && !isSuperfluous(image, inventory),
  );
  const rewritten = await rewrittenValues(inventory, store, mapping);
  return { part, store, inventory, target, mapping, placements, rewritten };
}

function refuseRedacted({ redacted }: Plan): void {
  if (!redacted) return;
  throw new Failure('refused', 'the archive is a redacted copy, without secrets and images', {
    hints: ['restore the archive that it was made of'],
  });
}

/** Named by nothing but what the target would delete at once. */
function isSuperfluous({ usedBy }: PlannedImage, { superfluous }: Inventory): boolean {
  return usedBy.length > 0 && usedBy.every(user => superfluous.has(user));
}
