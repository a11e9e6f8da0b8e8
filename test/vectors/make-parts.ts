import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BACK_BYTES, encodeFront, FRONT_BYTES } from '../../src/archive/volumes/front.ts';
import { readPart } from '../../src/archive/volumes/part-files.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { digestOf } from '../../src/base/digest.ts';

/** Makes the parts that a reader must take together, and those that it must refuse beside them. */
const FOLDER = 'test/vectors/parts';
const DATA = 3072;

async function make(): Promise<Map<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'asa-parts-'));
  const archive = await readFile('test/vectors/valid-small.tar');
  const id = { backup: digestOf('the backup'), createdAt: '2026-11-26T12:00:00.000Z' };
  const sink = await openVolumeSink(join(folder, 'backup.tar'), { volumeBytes: FRONT_BYTES + DATA + BACK_BYTES });
  await sink.expect(archive.length, id);
  await sink.write([archive]);
  await sink.commit();
  const made = new Map<string, Buffer>();
  for (const path of sink.parts) made.set(join(FOLDER, basename(path)), await readFile(path));
  const { volume } = (await readPart(sink.parts[1] ?? '')) ?? {};
  await rm(folder, { recursive: true });
  const second = made.get(join(FOLDER, 'backup.002.tar'));
  if (volume === undefined || second === undefined) throw new Error('there is no second part');
  const changed = (name: string, front: Buffer, rest = second.subarray(FRONT_BYTES)) =>
    made.set(join(FOLDER, name, 'backup.002.tar'), Buffer.concat([front, rest]));
  const flipped = Buffer.from(second.subarray(FRONT_BYTES));
  flipped.writeUInt8(flipped.readUInt8(1000) ^ 1, 1000);
  const newer = encodeFront(volume);
  newer.write('{"formatVersion":2', 512);
  changed('twin', encodeFront(volume));
  changed('stranger', encodeFront({ ...volume, backup: digestOf('another') }));
  changed('flipped', encodeFront(volume), flipped);
  changed('newer', newer);
  return made;
}

/** Their files, as the writer makes them now. */
export const PART_VECTORS = make();

if (import.meta.main) {
  for (const [path, bytes] of await PART_VECTORS) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}
