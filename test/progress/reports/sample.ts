import type { RunFacts } from '../../../src/progress/reports/build.ts';
import { diffDocument, undoDocument, verifyDocument } from '../../../src/progress/reports/build-checks.ts';
import type { ReportDocument, Share } from '../../../src/progress/reports/document.ts';

const MiB = 1024 ** 2;
const app = (name: string, own: number): Share => ({
  ...{ name, sort: 'app', own: own * MiB, total: own * MiB, needs: (own + 40) * MiB, parts: [] },
});
const over = (name: string, sort: Share['sort'], own: number, parts: Share[]): Share => {
  const total = own * MiB + parts.reduce((sum, part) => sum + part.total, 0);
  return { name, sort, own: own * MiB, total, needs: total + (sort === 'foundation' ? 0 : 40 * MiB), parts };
};

/** A restore as a report tells it. */
export function sampleReport(changes: Partial<ReportDocument> = {}): ReportDocument {
  return {
    schema: 1,
    tool: 'kubectl asa-backup 0.1.0',
    command: 'restore',
    file: 'backup.tar',
    startedAt: '2026-03-01T12:00:00.000Z',
    endedAt: '2026-03-01T12:05:00.000Z',
    ending: 'done',
    verdict: 'restored to new-site, with 1 loss',
    error: [],
    facts: [
      ['archive', 'backup.tar'],
      ['context', 'new-site'],
    ],
    objects: { CFOrg: { created: 2 }, CFApp: { created: 3, failed: 1 } },
    planned: [
      { kinds: ['CFOrg'], objects: 2 },
      { kinds: ['CFApp'], objects: 4 },
    ],
    record: {
      seconds: 300,
      phases: [
        { phase: 'images', from: 0, seconds: 200, what: '120.0 MiB in 40 blobs' },
        { phase: 'resources', from: 200, seconds: 100, what: '5 created, 1 failed' },
      ],
      waves: [
        {
          ...{
            wave: 1,
            kinds: ['CFOrg'],
            objects: 2,
            from: 200,
            seconds: 70,
            outcomes: { created: 2 },
            waited: 3,
          },
          waits: [{ subject: 'CFOrg cf/o1', for: 'Ready', message: 'not yet', from: 205, seconds: 60 }],
        },
        {
          ...{ wave: 2, kinds: ['CFApp'], objects: 4, from: 270, seconds: 30, waits: [], waited: 0 },
          outcomes: { created: 3, failed: 1 },
        },
      ],
      retries: 3,
      retried: [{ subject: 'registry.example.com', reason: 'connection reset', times: 3 }],
    },
    images: over('foundation', 'foundation', 40, [
      over('shop', 'org', 0, [over('prod', 'space', 5, [app('cart', 30), app('search', 20)])]),
      over('bank', 'org', 0, [over('prod', 'space', 0, [app('ledger', 25)])]),
    ]),
    maps: [{ what: 'registry', from: 'old.example.com/', to: 'new.example.com/' }],
    differs: [{ subject: 'CFDomain cf/apps', paths: ['spec.name'] }],
    notes: ['the target runs Korifi 0.8.2'],
    losses: [
      { kind: 'object-failed', subject: 'CFApp s/x', reason: 'denied by a webhook', usedBy: ['CFRoute s/r'] },
    ],
    ...changes,
  };
}

/** Whatever a hostile foundation may call its things. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=https://example.com/x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></title><h1>',
  '| cell | `code` [link](https://example.com) ![](https://example.com)',
  'red\u001b[31m line\nbreak \u202e reversed',
].join(' ');

/** The same with such names everywhere. */
export function hostileReport(): ReportDocument {
  const text = HOSTILE;
  return sampleReport({
    verdict: text,
    facts: [[text, text]],
    objects: { [text]: { created: 1 } },
    notes: [text],
    maps: [{ what: text, from: text, to: text }],
    differs: [{ subject: text, paths: [text] }],
    losses: [{ kind: 'object-failed', subject: text, reason: text, usedBy: [text] }],
    images: {
      ...{ name: text, sort: 'foundation', own: 1, total: 3, needs: 3 },
      parts: [{ name: text, sort: 'org', own: 2, total: 2, needs: 2, parts: [] }],
    },
    error: [text],
  });
}

/** Names without a place to break, as long as Kubernetes lets them be, and wide ones. */
const LONG = `${'very-long-name-'.repeat(16)}end`;
const WIDE = '注文サービス'.repeat(12);

/** What a verification, a comparison and an undo tell, with names that are as long as they can be. */
export function checkReports(): Readonly<Record<'verify' | 'diff' | 'undo', ReportDocument>> {
  const { record, images, tool, file } = sampleReport();
  const at = { startedAt: new Date('2026-03-01T12:00:00Z'), endedAt: new Date('2026-03-01T12:05:00Z') };
  const run = (command: string): RunFacts => ({
    ...{ tool, command, file: `/backups/${LONG}/${file}`, ...at, images },
    record: { ...record, losses: [], notes: [] },
  });
  const lost = { kind: 'object-failed', subject: `CFApp ${LONG}/${WIDE}`, reason: LONG } as const;
  const named = (name: string) => ({ name, subject: `CFApp ${LONG}/${name}` });
  return {
    verify: verifyDocument(run('verify'), {
      ...{ file: `/backups/${LONG}/${file}`, bytes: 5e9, createdAt: '2026-03-01T12:00:00.000Z' },
      ...{ entries: 42, objects: 1234, images: { count: 9, layers: 30 }, seconds: 300 },
      missing: [{ reference: `registry.example.com/${LONG}@sha256:${'0'.repeat(64)}`, usedBy: [LONG, WIDE] }],
      drift: [`CFApp ${LONG}/a`, `CFRoute ${LONG}/b`],
      losses: [lost],
    }),
    diff: diffDocument(run('diff'), {
      ...{ file, context: LONG, same: 1000, seconds: 12 },
      missing: [named('lost')],
      extra: [named(WIDE)],
      different: [
        { ...named('changed'), fields: [{ path: `spec.${LONG}`, archive: LONG, cluster: { [LONG]: WIDE } }] },
      ],
      images: [{ reference: LONG, at: `registry.example.com/${LONG}` }],
      leftOut: [{ subject: LONG, reason: WIDE }],
    }),
    undo: undoDocument(run('undo'), {
      ...{ context: LONG, journal: `/state/${LONG}.jsonl`, dryRun: false, seconds: 30 },
      ...{ removed: { CFApp: 12, [LONG.slice(0, 63)]: 1 }, gone: 2, images: { removed: 3 } },
      ...{ losses: [lost], notes: [`the fields of ${LONG} stay`] },
    }),
  };
}
