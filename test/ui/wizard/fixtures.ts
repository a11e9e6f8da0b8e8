import { editorOf } from '../../../src/ui/wizard/editor.ts';
import type { Key } from '../../../src/ui/wizard/keys.ts';

import type {
  ArchiveFacts,
  Branch,
  Examined,
  Foundation,
  Scope,
  TargetFacts,
} from '../../../src/ui/wizard/port.ts';
import { beginRestore, RESTORE } from '../../../src/ui/wizard/restore-wizard.ts';
import type { Answered, WizardState } from '../../../src/ui/wizard/state.ts';
import { reduce } from '../../../src/ui/wizard/wizard.ts';

const MiB = 1024 ** 2;

export const ARCHIVE: ArchiveFacts = {
  file: 'backup.tar',
  facts: [
    ['file', 'backup.tar, 11.2 GiB'],
    ['made', '2026-03-01T12:00:00Z, 3 days ago'],
    ['from', 'Kubernetes v1.34.4, Korifi v0.8.1, root namespace cf'],
    ['secrets', 'encrypted with age'],
  ],
  losses: [{ subject: 'registry.old.example.com/korifi/a:v1', reason: 'the registry does not have it' }],
  lock: 'passphrase',
  onExisting: 'skip',
};

export const TARGET: TargetFacts = {
  context: 'new-site',
  facts: [
    ['context', 'new-site'],
    ['Korifi', 'v0.8.1'],
  ],
  places: [
    {
      what: 'registry',
      from: 'registry.old.example.com/',
      to: 'registry.new.example.com/',
      uses: '17 images',
    },
    { what: 'registry', from: 'index.docker.io/', to: '', uses: '2 images' },
    { what: 'domain', from: 'apps.old.example.com', to: 'apps.new.example.com', uses: 'the default' },
    { what: 'login', from: 'registry.old.example.com', to: 'cf/registry-login', uses: '3 pull secrets' },
    { what: 'user', from: 'alice@old.example.com', to: '', uses: '4 roles, an administrator of CF' },
    { what: 'group', from: 'CN=cf,O=old', to: 'cf', uses: '1 role' },
  ],
  found: ['images below registry.old.example.com/korifi/ go below registry.new.example.com/korifi/'],
};

export const EXAMINED: Examined = {
  findings: [
    { severity: 'note', text: 'the target runs Korifi 0.8.2' },
    { severity: 'warn', text: 'the backup lacks registry.old.example.com/korifi/a:v1' },
  ],
  waves: [
    { kinds: ['Namespace'], objects: 3, there: 3 },
    { kinds: ['CFOrg'], objects: 3, there: 1 },
    { kinds: ['CFApp', 'CFProcess'], objects: 80, there: 0 },
  ],
  differs: [{ subject: 'CFOrg cf/o1', fields: ['spec.displayName: retail, not shop'] }],
  objects: 86,
  images: 19,
  bytes: 11 * 1024 * MiB,
};

function app(name: string): Branch {
  return {
    ...{ kind: 'app', guid: `guid-${name}`, name, objects: 5, bytes: 40 * MiB, sharedBytes: 10 * MiB },
    children: [],
  };
}

function over(kind: 'org' | 'space', name: string, children: Branch[]): Branch {
  const sum = (pick: (branch: Branch) => number) => children.reduce((total, child) => total + pick(child), 1);
  const sizes = {
    objects: sum(({ objects }) => objects),
    bytes: sum(({ bytes }) => bytes),
    sharedBytes: 10 * MiB,
  };
  return { kind, guid: `guid-${name}`, name, ...sizes, children };
}

export const BRANCHES: Branch[] = [
  {
    kind: 'installation',
    guid: '',
    name: 'installation',
    objects: 20,
    bytes: 2 * MiB,
    sharedBytes: 0,
    children: [],
  },
  over('org', 'payments', [
    over('space', 'production', [app('checkout'), app('ledger')]),
    over('space', 'staging', [app('注文サービス-🚀')]),
  ]),
  over('org', 'retail', [over('space', 'shop', [app('cart'), app('search')])]),
];

/** As many as a large foundation has. */
export function manyBranches(orgs: number, appsEach: number): Branch[] {
  return Array.from({ length: orgs }, (_, org) =>
    over('org', `org-${org}`, [
      over(
        'space',
        `space-${org}`,
        Array.from({ length: appsEach }, (_, index) => app(`app-${org}-${index}`)),
      ),
    ]),
  );
}

/** What a choice comes to here is told by how much of it there is. */
export function foundationOf(branches: readonly Branch[]): Foundation {
  return {
    branches,
    shared: 0,
    initial: { all: true, installation: true },
    effect: (scope: Scope) => ({
      objects: scope.all ? 100 : scope.orgs.size * 30 + scope.spaces.size * 10 + scope.apps.size,
      images: 19,
      bytes: 512 * MiB,
      brought: scope.all ? [] : ['CFServiceInstance database', 'CFDomain apps.example.com', 'RoleBinding x'],
      leftOut: scope.all ? [] : [{ subject: 'CFRoute s/r', usedBy: ['CFApp s/a'] }],
    }),
  };
}

const NAMED: Record<string, Key> = Object.fromEntries(
  [
    'enter',
    'escape',
    'tab',
    'up',
    'down',
    'left',
    'right',
    'pageDown',
    'end',
    'backspace',
    'help',
    'all',
    'clear',
    'quit',
  ].map(name => [`<${name}>`, { name } as Key]),
);

/** Presses keys: `<enter>` and the like by name, all else as text, letter by letter. */
export function press(state: WizardState, keys: string): WizardState {
  const parts = keys.match(/<\w+>|[\s\S]/gu) ?? [];
  return parts.reduce(
    (at, part) => reduce(RESTORE, at, { type: 'key', key: NAMED[part] ?? { name: 'text', text: part } }),
    state,
  );
}

/** Answers what the machine waits for. */
export function answer(state: WizardState, answered?: Partial<Answered>): WizardState {
  const { job } = state;
  if (job === undefined) throw new Error('the machine waits for nothing');
  const answers: Record<string, Answered> = {
    unlock: { ...job, isOpen: true } as Answered,
    survey: { call: 'survey', foundation: foundationOf(BRANCHES) },
    target: { call: 'target', target: TARGET },
    tryPlaces: {
      call: 'tryPlaces',
      checks: TARGET.places.map(({ what, from }) => ({ what, from, text: 'can be written', sort: 'right' })),
    },
    examine: { call: 'examine', examined: EXAMINED },
  };
  return reduce(RESTORE, state, {
    type: 'answered',
    job,
    answer: { ...answers[job.call], ...answered } as Answered,
  });
}

/** The machine at each of its steps, on the way of somebody who takes what is suggested. */
export function walk(archive: ArchiveFacts = ARCHIVE): Record<WizardState['step'], WizardState> {
  const atArchive = beginRestore(archive);
  const atUnlock = press(atArchive, '<enter>');
  const opened = archive.lock === undefined ? atUnlock : answer(press(atUnlock, 'secret<enter>'));
  const atChoose = answer(opened);
  const atMap = answer(press(atChoose, '<enter>'));
  const atCheck = answer(answer(press(atMap, '<enter>')));
  const atWaves = press(atCheck, '<enter>');
  const atConfirm = press(atWaves, '<enter>');
  return {
    archive: atArchive,
    unlock: atUnlock,
    choose: atChoose,
    map: atMap,
    check: atCheck,
    waves: atWaves,
    confirm: { ...atConfirm, typed: editorOf('') },
  };
}
