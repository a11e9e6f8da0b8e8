import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { largeArchive } from '../support/large-archive.ts';
import { runProgram } from '../support/program.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

let folder: string;
let archive: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-large-'));
  archive = join(folder, 'large.tar');
  await writeFile(archive, await largeArchive());
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Times are told beside that of `inspect`, which reads the same archive: what they are depends on the machine. */
it('the wizard opens 200 orgs and 5,000 apps, and moves in them, without making anybody wait', async () => {
  const start = performance.now();
  expect((await runProgram(['inspect', archive, '-o', 'json'])).code).toBe(0);
  const reading = performance.now() - start;
  const terminal = new ProgramInTerminal(['restore', archive], { columns: 120, rows: 40 });
  await terminal.untilScreen(/What is in the archive[\s\S]*15,400 objects/);
  const timed = async (keys: string, shows: RegExp) => {
    const start = performance.now();
    terminal.type(keys);
    await terminal.untilScreen(shows);
    return performance.now() - start;
  };
  const opening = await timed('\r', /everything +15,400 objects[\s\S]*org-000[\s\S]*chosen: 15,400 objects/);
  const moving = [
    await timed('\u001b[F', /› .*org-199/),
    await timed('\u001b[H', /›.*everything/),
    await timed('app-142-17', /› .*app-142-17/),
    await timed(' ', /\[-\] everything[\s\S]*› .*\[ \] app-142-17[\s\S]*chosen: 15,\d{3}/),
    await timed('\u001b', /org-142 org[\s\S]*space-142 space/),
  ];
  terminal.type('\u0003');
  expect(await terminal.ended).toBe(130);
  expect(opening / reading).toBeLessThan(3);
  expect(Math.max(...moving) / reading).toBeLessThan(1);
}, 120_000);
