import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { mediumOf } from '../../archive/medium.ts';
import type { Finding } from '../../base/findings.ts';
import { JOURNAL_WRITE_BYTES } from '../../base/limits.ts';

/**
 * Whether the journal will find room: all that a restore keeps on this side, and without it nothing more is written. Where
 * the system does not tell, or lets nobody look, it is left to the journal itself.
 *
 * @param at the journal, or the folder that it will be in; neither need be there yet
 * @param writes how many writes it will hold
 */
export async function journalRoom(at: string, writes: number): Promise<Finding[]> {
  const folder = await nearestThere(resolve(at));
  const medium = await mediumOf(folder).catch(() => undefined);
  const bytes = writes * JOURNAL_WRITE_BYTES;
  if (medium === undefined || bytes <= medium.free) return [];
  const text = `the journal of the restore may take ${bytes} bytes, and ${medium.free} are free in ${folder}`;
  const hint = 'free some space there, or pass --journal FILE or DIR to keep the journal somewhere else';
  return [{ code: 'no-room', severity: 'refuse', subject: folder, text, hint }];
}

async function nearestThere(path: string): Promise<string> {
  const above = dirname(path);
  if (above === path || (await stat(path).catch(() => undefined)) !== undefined) return path;
  return nearestThere(above);
}
