import { describe, expect, it } from 'vitest';
import { journalsReport } from '../../src/progress/journals-report.ts';

const NOW = new Date('2026-11-27T12:00:00Z');

const journal = (name: string, startedAt: string, state: 'done' | 'interrupted', made: number) => ({
  path: `/state/journals/${name}.jsonl`,
  startedAt,
  state,
  context: 'new-site',
  server: 'https://new.example:6443',
  archive: '/mnt/backup.tar',
  archiveDigest: 'sha256:abc',
  made,
  command: 'kubectl asa-backup restore /mnt/backup.tar',
});

const result = {
  folder: '/state/journals',
  journals: [
    journal('20261125T080000Z-new-site', '2026-11-25T08:00:00Z', 'done', 419),
    journal('20261127T100000Z-new-site', '2026-11-27T10:00:00Z', 'interrupted', 7),
  ],
};

describe('journals', () => {
  it('are a row each', () => {
    expect(journalsReport(result, NOW, false)).toBe(
      `${[
        'JOURNAL                           STARTED       STATE         CONTEXT    MADE   ARCHIVE',
        '20261125T080000Z-new-site.jsonl   2 days ago    done          new-site   419    /mnt/backup.tar',
        '20261127T100000Z-new-site.jsonl   2 hours ago   interrupted   new-site   7      /mnt/backup.tar',
        '',
        '2 journals in /state/journals; -o wide shows their commands',
      ].join('\n')}\n`,
    );
  });

  it('wide, with all that is known of them', () => {
    expect(journalsReport({ ...result, journals: result.journals.slice(0, 1) }, NOW, true)).toBe(
      `${[
        '/state/journals/20261125T080000Z-new-site.jsonl',
        '  started   2026-11-25T08:00:00Z, 2 days ago',
        '  state     done',
        '  archive   /mnt/backup.tar',
        '  digest    sha256:abc',
        '  context   new-site',
        '  server    https://new.example:6443',
        '  made      419 objects',
        '  command   kubectl asa-backup restore /mnt/backup.tar',
      ].join('\n')}\n`,
    );
  });

  it('that are not there', () => {
    expect(journalsReport({ folder: '/state/journals', journals: [] }, NOW, false)).toBe(
      'no journals in /state/journals\n',
    );
  });
});
