import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { restoreAsked } from '../../src/commands/runs/resume.ts';
import { createJournal } from '../../src/restore/journal/place.ts';

let state: string;
let journal: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'asa-backup-resume-'));
  vi.stubEnv('XDG_STATE_HOME', state);
  const writer = await createJournal(undefined, {
    journal: 1,
    startedAt: '2026-11-26T18:50:00Z',
    archive: { file: '/backups/monday.tar', digest: `sha256:${'a'.repeat(64)}` },
    cluster: { context: 'new-site', server: 'https://new.example.com', uid: 'one' },
    flags: { 'on-existing': 'skip' },
  });
  await writer.close();
  journal = writer.path;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(state, { recursive: true });
});

describe('a restore that is gone on with', () => {
  const resumed = async (words: string[], journal?: string) => {
    const found = await restoreAsked(words, { resume: true, journal }, []);
    return { path: found.journal?.path, files: found.files };
  };

  it('is named by the path of its journal, by the name in the list, or is the last one', async () => {
    const expected = { path: journal, files: ['/backups/monday.tar'] };
    expect(await resumed([journal])).toEqual(expected);
    expect(await resumed([basename(journal)])).toEqual(expected);
    expect(await resumed([], basename(journal))).toEqual(expected);
    expect(await resumed([])).toEqual(expected);
  });

  it('takes a name that nothing has for neither a journal nor an archive', async () => {
    await expect(resumed(['nowhere.jsonl'])).rejects.toMatchObject({
      code: 'usage',
      subject: 'nowhere.jsonl',
    });
  });
});
