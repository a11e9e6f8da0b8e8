import type { Head } from '../../archive/head.ts';
import { readObjects } from '../../archive/resources.ts';
import type { SecretOpener } from '../../archive/secrets.ts';
import type { ApiCluster } from '../../cluster/client.ts';
import { type MapRule, parseMapRule } from '../../foundation/image-map.ts';
import { isSubjectRule, parseSubjectRule } from '../../foundation/subjects.ts';
import { oneLine } from '../../progress/format.ts';
import { parseDomainRule } from '../../restore/domains.ts';
import type { Target } from '../../restore/target.ts';
import type { Rule, TargetFacts } from '../../ui/wizard/port.ts';
import { parsePullSecretRule } from '../from-flags/pull-secrets.ts';
import { readSubjectMap } from '../from-flags/restore-settings.ts';
import type { RestoreFlags } from '../runs/restore.ts';
import { domainsOf } from './domains.ts';
import { ArchiveLogins, loginPlaces } from './logins.ts';
import { BINDINGS, People, peoplePlaces } from './people.ts';
import { registriesOf } from './places.ts';

/** What an archive has that may be called otherwise on a target, beside its images and domains. */
export interface Named {
  readonly people: People;
  readonly logins: ArchiveLogins;
}

/** Looks at the archive's bindings and Secrets. */
export async function namedIn(head: Head, opener: SecretOpener | undefined): Promise<Named> {
  const people = new People(head.plan.source.korifi?.rootNamespace);
  const logins = new ArchiveLogins();
  for (const blob of head.plan.resources) {
    const isSecret = blob.group === '' && blob.kind === 'Secret';
    const isBinding = BINDINGS.some(({ group, kind }) => blob.group === group && blob.kind === kind);
    if (!isSecret && !isBinding) continue;
    for await (const object of readObjects(head, blob, opener)) (isSecret ? logins : people).see(object);
  }
  return { people, logins };
}

/** The people to whom the target gives something; nobody where that may not be read. */
export async function peopleOn(
  cluster: ApiCluster,
  { surface, korifi }: Target,
  signal: AbortSignal,
): Promise<People> {
  const people = new People(korifi?.rootNamespace);
  for (const { group, kind } of BINDINGS) {
    const resource = surface.find(group, kind, ['v1']);
    if (resource === undefined || !(await cluster.can('list', { group, plural: resource.plural }))) continue;
    for await (const page of cluster.list(resource, { signal }))
      for (const binding of page) people.see(binding);
  }
  return people;
}

interface Sides {
  readonly cluster: ApiCluster;
  readonly target: Target;
  readonly head: Head;
  readonly flags: RestoreFlags;
  readonly named: Named;
  readonly there: People;
}

/** What both sides' configuration says of images. */
export function foundRules(head: Head, { korifi }: Target): MapRule[] {
  const from = head.plan.source.korifi?.containerRepositoryPrefix;
  const to = korifi?.containerRepositoryPrefix;
  return from === undefined || to === undefined || from === to ? [] : [{ from, to }];
}

/** What the target is, and whatever may be called otherwise there, as flags and its own configuration suggest it. */
export async function factsOfTarget(sides: Sides): Promise<TargetFacts> {
  const { cluster, target, head, flags } = sides;
  const { korifi, kubernetesVersion } = target;
  const source = head.plan.source.korifi;
  const from = source?.containerRepositoryPrefix;
  const to = korifi?.containerRepositoryPrefix;
  const found = foundRules(head, target);
  const suggest = (registry: string) =>
    from?.startsWith(`${registry}/`) && to !== undefined ? `${to.split('/')[0]}/` : '';
  const registries = registriesOf(head, (flags['registry-map'] ?? []).map(parseMapRule), found, suggest);
  const domains = domainsOf(source, korifi, (flags['domain-map'] ?? []).map(parseDomainRule));
  const facts: [string, string][] = [
    ['context', cluster.context],
    ['server', cluster.server],
    ['Kubernetes', kubernetesVersion],
    ['Korifi', korifi === undefined ? 'not installed (yet)' : (korifi.version ?? 'of an unknown version')],
    ['images', to === undefined ? '' : `below ${to}`],
  ];
  return {
    context: cluster.context,
    facts: facts.filter(([, text]) => text !== '').map(([name, text]) => [name, oneLine(text)]),
    places: [
      ...registries,
      ...domains,
      ...logins(sides, [...registries, ...found]),
      ...(await people(sides)),
    ],
    found: found.map(rule => `images below ${rule.from} go below ${rule.to}, as Korifi is configured`),
  };
}

function logins({ target, flags, named }: Sides, rules: readonly MapRule[]): TargetFacts['places'] {
  const { korifi, logins: documents } = target;
  const [name] = korifi?.containerRegistrySecretNames ?? [];
  const own = name && korifi && { secret: `${korifi.rootNamespace}/${name}`, documents };
  const given = (flags['pull-secret-map'] ?? []).map(parsePullSecretRule);
  return loginPlaces(named.logins, rules, given, own || undefined);
}

async function people({ flags, named, there }: Sides): Promise<TargetFacts['places']> {
  const values = [flags['subject-map'] ?? []].flat();
  const rules = values.filter(isSubjectRule).flatMap(text => rulesIn(parseSubjectRule(text)));
  const files = await readSubjectMap(values.filter(value => !isSubjectRule(value)));
  const inFiles = files === undefined ? [] : rulesIn(files);
  const isInFile = (what: Rule['what'], name: string) =>
    inFiles.some(rule => rule.what === what && rule.from === name);
  return peoplePlaces(named.people, there, rules, isInFile);
}

function rulesIn(map: NonNullable<Awaited<ReturnType<typeof readSubjectMap>>>): Rule[] {
  return (['User', 'Group'] as const).flatMap(kind =>
    [...(map.get(kind) ?? [])].map(
      ([from, to]) => ({ what: kind === 'User' ? 'user' : 'group', from, to }) as const,
    ),
  );
}
