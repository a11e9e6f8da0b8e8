import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { readObjects } from '../../src/archive/resources.ts';
import { secretOpener } from '../../src/archive/secrets.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { Failure } from '../../src/base/errors.ts';
import { expectations, VECTORS } from '../vectors/make.ts';
import type { Expected } from '../vectors/vector.ts';
import { piped } from './fixtures.ts';

const FOLDER = 'test/vectors';
const expected: Record<string, Expected> = JSON.parse(await readFile(join(FOLDER, 'expected.json'), 'utf8'));

/** Everything that a program can do with an archive but restore it. */
async function readAll(from: string | AsyncIterable<Buffer>): Promise<void> {
  const archive = await openArchive(from);
  try {
    const opener = await secretOpener(archive.head, { passphrase: 'correct horse' });
    for (const blob of archive.head.plan.resources)
      for await (const _ of readObjects(archive.head, blob, opener));
    await verifyArchive(archive);
  } finally {
    await archive.close();
  }
}

async function outcome(from: string | AsyncIterable<Buffer>): Promise<unknown> {
  try {
    await readAll(from);
    return 'ok';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { exit: error.exit, message: error.message };
  }
}

describe('the vectors', () => {
  it.each(Object.entries(expected))('%s', async (file, outcomeExpected) => {
    const path = join(FOLDER, file);
    const wanted =
      'ok' in outcomeExpected
        ? 'ok'
        : { exit: outcomeExpected.exit, message: expect.stringMatching(outcomeExpected.message) };
    expect(await outcome(path)).toEqual(wanted);
    expect(await outcome(piped(await readFile(path), 1000))).toEqual(wanted);
  });

  it('are all there, small, and what make.ts makes', async () => {
    const files = (await readdir(FOLDER)).filter(file => file.endsWith('.tar'));
    expect(files.sort()).toEqual([...VECTORS.keys()].sort());
    for (const [file, { bytes }] of VECTORS) {
      expect(bytes.length).toBeLessThan(20 * 1024);
      expect([file, (await readFile(join(FOLDER, file))).equals(bytes)]).toEqual([file, true]);
    }
    expect(await readFile(join(FOLDER, 'expected.json'), 'utf8')).toBe(expectations());
  });
});
