import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import { Journal } from '../../src/restore/journal/journal.ts';
import { createJournal, listJournals } from '../../src/restore/journal/place.ts';
import { recordCluster } from '../../src/restore/journal/record-cluster.ts';
import type { JournalHeader } from '../../src/restore/journal/records.ts';
import { settle } from '../../src/restore/journal/settle.ts';
import { stateOf } from '../../src/restore/journal/state.ts';
import { JournalWriter } from '../../src/restore/journal/writer.ts';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { altered } from '../support/altered.ts';

const SECRETS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
const HEADER: JournalHeader = {
  journal: 1,
  startedAt: '2026-11-26T18:50:00.000Z',
  archive: { file: '/backup.tar', digest: 'sha256:1' },
  cluster: { context: 'new site/1', server: 'https://api', uid: 'u' },
  flags: { 'registry-map': ['a=b'] },
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-journal-'));
  path = join(folder, 'one.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const session = { work: 'restore', at: HEADER.startedAt, host: 'elsewhere', pid: 1, tool: '0.1.0' } as const;
const secret = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'default', name },
  data: { password: Buffer.from('hunter2').toString('base64') },
});

describe('a journal', () => {
  let server: ApiServer;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await startApiServer();
    cluster = server.local();
  });
  afterAll(() => server.stop());

  it('has every write before and after it happens, and nothing of what was written', async () => {
    const writer = JournalWriter.create(path, HEADER);
    let during = '';
    const looking = altered(cluster, {
      create: async (...args: Parameters<Cluster['create']>) => {
        during = await readFile(path, 'utf8');
        return cluster.create(...args);
      },
    });
    const recorded = recordCluster(looking, writer);
    await recorded.create(SECRETS, secret('one'));
    const body = { data: { token: 'czNjcmV0' } };
    await recorded.patch(SECRETS, 'default', 'one', { type: 'merge', body });
    await recorded.create(SECRETS, secret('one')).catch(() => undefined);
    await recorded.create(SECRETS, secret('dry'), { dryRun: true });
    await writer.close();

    expect(during).toContain('{"verb":"create","group":"","version":"v1","plural":"secrets","kind":"Secret"');
    const text = await readFile(path, 'utf8');
    expect(text).not.toMatch(/password|token|hunter2|czNjcmV0|aHVudGVyMg|"dry"/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const journal = await Journal.read(path);
    const live = await cluster.get(SECRETS, 'default', 'one');
    expect(journal.made()).toEqual([
      expect.objectContaining({ uid: live?.metadata.uid, createdAt: live?.metadata.creationTimestamp }),
    ]);
    expect([...journal.unclear]).toEqual([]);
    expect(journal.next).toBe(4);
  });

  it('leaves open what had no answer, until somebody has looked', async () => {
    const writer = JournalWriter.create(path, HEADER);
    const lost = new Failure('not-connected', 'reset');
    const broken = altered(cluster, {
      create: async (...args: Parameters<Cluster['create']>) => {
        if (args[1].metadata.name !== 'never') await cluster.create(...args);
        throw lost;
      },
    });
    const recorded = recordCluster(broken, writer);
    for (const name of ['lost', 'never']) {
      await expect(recorded.create(SECRETS, secret(name))).rejects.toBe(lost);
    }
    await writer.close();
    const journal = await Journal.read(path);
    expect(journal.made()).toEqual([]);
    expect(journal.unclear.size).toBe(2);

    const again = JournalWriter.resume(path, journal.next, journal.torn);
    await settle(journal, again, { cluster });
    await again.close();
    for (const one of [journal, await Journal.read(path)]) {
      expect(one.made().map(({ at }) => at.name)).toEqual(['lost']);
      expect(one.unclear.size).toBe(0);
    }
  });

  it('does not take for the restore’s what somebody else made in between', async () => {
    const writer = JournalWriter.create(path, HEADER);
    writer.begin({ ...SECRETS, verb: 'create', namespace: 'default', name: 'theirs' } as never);
    await writer.close();
    const journal = await Journal.read(path);
    const theirs = { managedFields: [{ manager: 'kubectl-create' }], name: 'theirs', uid: 'x' };
    const get = async () => ({ apiVersion: 'v1', kind: 'Secret', metadata: theirs }) as never;
    const again = JournalWriter.resume(path, journal.next, journal.torn);
    await settle(journal, again, { cluster: altered(cluster, { get }) });
    await again.close();
    expect(journal.made()).toEqual([]);
  });

  it('is read and gone on with when it ends in the middle of a record', async () => {
    const writer = JournalWriter.create(path, HEADER);
    writer.note({ session });
    const intent = { verb: 'upload', repository: 'host/a', digest: 'sha256:2' } as const;
    writer.begin(intent);
    writer.begin(intent);
    await writer.close();
    await truncate(path, (await stat(path)).size - 20);
    const journal = await Journal.read(path);
    expect([journal.torn, journal.next]).toEqual([true, 2]);
    const again = JournalWriter.resume(path, journal.next, journal.torn);
    again.note({ end: { how: 'done', at: HEADER.startedAt } });
    await again.close();
    expect((await Journal.read(path)).ended?.how).toBe('done');
  });

  it('says what was at a tag before the first push, not before a repeated one', async () => {
    const writer = JournalWriter.create(path, HEADER);
    const push = (tag: string, before?: string) => {
      const n = writer.begin({ verb: 'push', repository: 'host/a', digest: 'sha256:2', tag, before });
      writer.end(n, { is: 'done' });
    };
    push('new');
    push('new', 'sha256:2');
    push('old', 'sha256:1');
    await writer.close();
    expect((await Journal.read(path)).pushed().map(({ tag }) => tag)).toEqual(['new']);
  });

  it('stands where it was told, or in a folder under a name of its own', async () => {
    await (await createJournal(folder, HEADER)).close();
    await (await createJournal(folder, HEADER)).close();
    expect((await listJournals(folder)).map(journal => journal.path.slice(folder.length + 1)).sort()).toEqual(
      ['20261126T185000Z-new-site-1-2.jsonl', '20261126T185000Z-new-site-1.jsonl'],
    );
    await expect(createJournal(join(folder, '20261126T185000Z-new-site-1.jsonl'), HEADER)).rejects.toThrow(
      'the journal exists already',
    );
    await writeFile(join(folder, 'other.jsonl'), '{"no":"journal"}\n');
    expect(await listJournals(folder)).toHaveLength(2);
    await expect(Journal.read(join(folder, 'other.jsonl'))).rejects.toThrow('this is not a journal');
  });

  it('knows how its restore stands', async () => {
    const writer = JournalWriter.create(path, HEADER);
    writer.note({ session });
    await writer.close();
    const state = async (record?: object) => {
      if (record !== undefined) await appendFile(path, `${JSON.stringify(record)}\n`);
      return stateOf(await Journal.read(path));
    };
    expect(await state()).toBe('interrupted');
    const { hostname } = await import('node:os');
    const here = { ...session, host: hostname(), pid: process.ppid };
    expect(await state({ session: here })).toBe('interrupted'); // the number is another process's by now
    expect(await state({ session: { ...here, at: new Date().toISOString() } })).toBe('running');
    expect(await state({ end: { how: 'losses', at: HEADER.startedAt } })).toBe('losses');
    expect(await state({ session: { ...session, work: 'undo' } })).toBe('half undone');
    expect(await state({ end: { how: 'done', at: HEADER.startedAt } })).toBe('undone');
  });

  it('that cannot be kept ends the run', async () => {
    const writer = JournalWriter.create(path, HEADER);
    await writer.close(); // what is written from now on finds no file
    expect(() => writer.begin({ verb: 'upload', repository: 'host/a', digest: 'sha256:2' })).toThrow(
      'the journal of the restore cannot be kept',
    );
    expect(writer.broken.aborted).toBe(true);
  });
});
