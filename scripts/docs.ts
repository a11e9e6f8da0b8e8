import { readFileSync, writeFileSync } from 'node:fs';
import type { ObjectId } from '../src/base/object.ts';
import { CATALOG, LISTED } from '../src/foundation/catalog.ts';
import type { Keep, KindDescriptor, Mark } from '../src/foundation/descriptor.ts';
import { NAMESPACE_RULE } from '../src/foundation/references.ts';
import type { KindName } from '../src/foundation/rules.ts';
import { describeWaves, planWaves, type WaveItem } from '../src/foundation/waves.ts';
import { ROLE_FILE, renderRole } from './role.ts';

/** Writes docs/what-is-backed-up.md and the rights of an export from the catalog. `node scripts/docs.ts` */
const FILE = new URL('../docs/what-is-backed-up.md', import.meta.url);

const WHICH: Record<Keep, string> = {
  all: 'all',
  referenced: 'those that a restored object names',
  referring: 'those of a restored service account',
  holding: 'those in which restored objects live',
};

/** The whole page. */
export function render(): string {
  return `${[
    '# What is backed up',
    '<!-- Made by `npm run docs` from src/foundation/kinds; changes go there. -->',
    'A foundation is far more objects than it has state: most are made by controllers from few others. An export takes ' +
      'the few, and a restore lets the controllers of the target make the rest. Kinds that are in none of these tables ' +
      'are not part of a foundation and are left alone.',
    '## Restored',
    ...byGroup(LISTED).flatMap(([group, kinds]) => [`### ${group}`, restored(kinds), ...remarks(kinds)]),
    '## Left out of these kinds',
    marked(kind => kind.derivedWhen),
    '## Exported, but held back by a restore',
    marked(kind => kind.heldBackWhen),
    '## Made again by controllers',
    table(
      ['Kind', 'What it is', 'Why it is left out'],
      CATALOG.filter(({ role }) => role === 'derived').map(kind => [
        name(kind),
        kind.meaning,
        kind.because ?? '',
      ]),
    ),
    '## Never restored',
    table(
      ['Kind', 'What it is', 'What it would do'],
      CATALOG.filter(({ role }) => role === 'never').map(kind => [
        name(kind),
        kind.meaning,
        kind.because ?? '',
      ]),
    ),
    '## The order of a restore',
    'Each object waits for those that it names, and each kind for the kinds that its controller needs first. For one ' +
      'object of every kind that comes to:',
    order(),
  ].join('\n\n')}\n`;
}

function byGroup(kinds: readonly KindDescriptor[]): [string, KindDescriptor[]][] {
  return [...Map.groupBy(kinds, ({ group }) => (group === '' ? 'Kubernetes' : group))];
}

function restored(kinds: readonly KindDescriptor[]): string {
  return table(
    ['Kind', 'What it is', 'Which', 'Images', 'Names'],
    kinds.map(kind => [
      name(kind),
      kind.meaning,
      [WHICH[kind.keep ?? 'all'], ...(kind.keptWhen ?? []).map(describe)].join('; '),
      (kind.images ?? [])
        .filter(({ pushed }) => !pushed)
        .map(({ path }) => code(path))
        .join(', '),
      [
        ...new Set(
          (kind.references ?? [])
            .filter(({ in: where }) => where !== 'brought')
            .flatMap(({ to }) => to.map(name)),
        ),
      ].join(', '),
    ]),
  );
}

function remarks(kinds: readonly KindDescriptor[]): string[] {
  const lines = kinds.flatMap(kind => [
    ...(kind.remark === undefined ? [] : [`- ${name(kind)}: ${kind.remark.replace(/\.$/, '')}.`]),
    ...(kind.status === undefined
      ? []
      : [
          `- ${name(kind)}: of its status, ${kind.status.fields.map(code).join(', ')} are state and written back.`,
        ]),
  ]);
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** One row for each mark, with all kinds that have it. */
function marked(pick: (kind: KindDescriptor) => readonly Mark[] | undefined): string {
  const rows = new Map<string, { mark: Mark; kinds: string[] }>();
  for (const kind of LISTED) {
    for (const mark of pick(kind) ?? []) {
      const key = describe(mark) + mark.because;
      const row = rows.get(key) ?? { mark, kinds: [] };
      rows.set(key, row);
      row.kinds.push(name(kind));
    }
  }
  return table(
    ['Kinds', 'Objects', 'Why'],
    [...rows.values()].map(({ mark, kinds }) => [kinds.join(', '), describe(mark), mark.because]),
  );
}

function describe(mark: Mark): string {
  const {
    label,
    annotation,
    notAnnotation,
    path,
    is,
    startsWith,
    matches,
    ownedBy,
    notOwnedBy,
    deployedByController,
  } = mark;
  return [
    label && `with label ${code(label)}`,
    annotation && `with annotation ${code(annotation)}`,
    path && is !== undefined && `${code(path)} is ${code(String(is))}`,
    path && startsWith && `${code(path)} starts with ${code(startsWith)}`,
    path && matches && `${code(path)} is like ${code(matches)}`,
    deployedByController && "with label `kapp.k14s.io/app` of one of kapp-controller's apps",
    notAnnotation && `without annotation ${code(notAnnotation)}`,
    ownedBy && `owned by a ${ownedBy.join(', ')}`,
    notOwnedBy && `not owned by a ${notOwnedBy.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What makes the namespaces in which objects of a kind live. */
function homesOf({ kind, group, namespaced, keep }: KindDescriptor): string[] {
  if (!namespaced) return [''];
  if (kind === 'CFSpace') return ['CFOrg'];
  if (kind === 'RoleBinding') return ['Namespace', 'CFOrg', 'CFSpace'];
  if (keep === 'referenced') return ['Namespace', 'CFSpace'];
  return [IN_SPACES.has(kind) && group !== '' ? 'CFSpace' : 'Namespace'];
}
const IN_SPACES = new Set([
  'CFApp',
  'CFProcess',
  'CFPackage',
  'CFBuild',
  'CFRoute',
  'CFServiceInstance',
  'CFServiceBinding',
]);

/** One object of each kind in each of its homes, naming one of each kind that it can name. */
function order(): string {
  const all = LISTED.flatMap(descriptor => homesOf(descriptor).map(home => ({ descriptor, home })));
  const idsOf = (to: KindName, home: string) =>
    all
      .filter(({ descriptor }) => descriptor.kind === to.kind && descriptor.group === to.group)
      .sort((a, b) => Number(b.home === home) - Number(a.home === home))
      .map(({ descriptor, home }) => idIn(descriptor, home));
  const items = all.map(
    ({ descriptor, home }): WaveItem => ({
      id: idIn(descriptor, home),
      descriptor,
      references: [...(descriptor.namespaced ? [NAMESPACE_RULE] : []), ...(descriptor.references ?? [])].map(
        rule => ({
          rule,
          name: rule.path,
          targets:
            rule === NAMESPACE_RULE
              ? rule.to.filter(({ kind }) => kind === home).map(to => ({ ...to, name: to.kind }))
              : rule.to.flatMap(to => idsOf(to, home)),
        }),
      ),
      startWanted: true,
      readyWanted: true,
      statusWanted: true,
    }),
  );
  return describeWaves(planWaves(items))
    .map((kinds, wave) => `${wave + 1}. ${kinds.join(', ')}`)
    .join('\n');
}

function idIn({ group, kind, namespaced }: KindDescriptor, home: string): ObjectId {
  return { group, kind, name: kind, ...(namespaced && { namespace: home }) };
}

function name({ kind }: { kind: string }): string {
  return code(kind);
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The page as it is committed. */
export function committed(): string {
  return readFileSync(FILE, 'utf8');
}

if (import.meta.main) {
  writeFileSync(FILE, render());
  writeFileSync(ROLE_FILE, renderRole());
}
