import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { FILE_SYSTEMS, type FileSystem, Medium, whyNotMounted } from '../support/media.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };
/** The largest of the small ones, so that something can fill it up at once. */
const SMALL: Record<FileSystem, number> = { tmpfs: 400 * 1024, FAT: MiB, ext4: 2 * MiB };

let source: Stage;
let medium: Medium;
let on: string[];

beforeAll(async () => {
  source = await startStage({ name: 'source', landscape: TINY });
  on = ['--kubeconfig', source.kubeconfigFile];
}, 60_000);
afterAll(() => source?.stop());
afterEach(() => medium?.eject());

async function put(kind: FileSystem, bytes: number): Promise<string> {
  medium = new Medium(kind, await mkdtemp(join(source.directory, 'medium-')), bytes);
  medium.insert();
  return join(medium.folder, 'backup.tar');
}

/** In small pieces: ext4 takes nothing of one that is too large. */
async function fillUp(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(8 * 1024));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    await file.close();
  }
}

const exported = (file: string, ...more: string[]) =>
  runProgram(['export', file, ...on, '--plaintext-secrets', ...more], { env: EPOCH });

/** An export that something happens to once it writes. */
async function disturbed(file: string, happens: () => void | Promise<void>, ...more: string[]) {
  source.faults.registry({ kind: 'drip', bytes: 2_000, delayMs: 40, on: /^GET .*\/blobs/ });
  const args = ['export', file, ...on, '--plaintext-secrets', '--progress', 'json', ...more];
  const child = startProgram(args, { env: EPOCH });
  let hasHappened = false;
  child.stderr?.on('data', chunk => {
    if (hasHappened || !String(chunk).includes('"blob-started"')) return;
    hasHappened = true;
    void happens();
  });
  const outcome = await outcomeOf(child);
  source.faults.clear();
  return failureOf(outcome);
}

const here = FILE_SYSTEMS.filter(kind => {
  const why = whyNotMounted(kind);
  if (why !== undefined) console.warn(`no medium with ${kind} is tried here: ${why}`);
  return why === undefined;
});

describe.each(here)('a medium with %s', { timeout: 60_000 }, kind => {
  it.each([[[]], [['--volume-size', '96KiB']]])(
    'that somebody else fills up meanwhile ends the export; with room again it goes on (%j)',
    async more => {
      const file = await put(kind, SMALL[kind]);
      const filler = join(medium.folder, 'filler');
      const fill = () => fillUp(filler);
      const { code, says } = await disturbed(file, fill, ...more);
      expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
        code: 1,
        error: expect.stringMatching(/: there is no space left/),
        hint: expect.stringMatching(/^hint: what was written is kept; go on with: .* --resume /),
      });
      await rm(filler);
      expect((await runProgram(['export', file, '--resume', ...on])).code).toBe(0);
      expect((await runProgram(['verify', more.length === 0 ? file : medium.folder])).code).toBe(0);
    },
  );

  it('that is pulled out is told as such, and nothing is called done', async () => {
    const file = await put(kind, 40 * MiB);
    const { code, says } = await disturbed(file, () => medium.pull());
    expect({ code, error: says[0] }).toEqual({
      code: 1,
      error: `error: ${file}: what was written is not there any more: its medium is gone, or the file was removed`,
    });
    expect(await readdir(medium.folder)).toEqual([]);
  });

  it('that cannot be written to is told before anything is asked of the cluster', async () => {
    const file = await put(kind, 40 * MiB);
    medium.protect();
    const { code, says } = failureOf(await exported(file));
    expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
      code: 1,
      error: expect.stringMatching(/: the file system is read-only$/),
      hint: 'hint: choose a place that can be written',
    });
  });
});

const onDevices = here.filter(kind => kind !== 'tmpfs');

describe.each(onDevices)('a stick with %s', { timeout: 60_000 }, kind => {
  it('is safe to remove when that is said: it has every byte when it is put in again', async () => {
    const file = await put(kind, 40 * MiB);
    const { code, stdout } = await exported(file, '--verify');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/safe to remove[\s\S]*read back +from the medium itself/),
    });
    medium.eject();
    medium.insert('ro');
    const other = join(source.directory, `elsewhere-${kind}.tar`);
    await exported(other);
    expect((await readFile(file)).equals(await readFile(other))).toBe(true);
    expect(await readdir(medium.folder)).toEqual(expect.arrayContaining(['backup.tar']));
  });

  it('that is pulled out and put in again is gone on with, to the same bytes', async () => {
    const file = await put(kind, 40 * MiB);
    await disturbed(file, () => medium.pull());
    medium.insert();
    expect((await runProgram(['export', file, '--resume', ...on])).code).toBe(0);
    const other = join(source.directory, `whole-${kind}.tar`);
    await exported(other);
    expect((await readFile(file)).equals(await readFile(other))).toBe(true);
  });
});

/** A package more, of which the registry says that it is so large. */
async function nameLargeImage(bytes: number): Promise<void> {
  const { cluster, registry } = source;
  for await (const [like] of cluster.list(KINDS.CFPackage)) {
    const config = Buffer.from('{"architecture":"amd64","os":"linux"}');
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const described = (type: string, digest: string, size: number) => ({
      ...{ mediaType: `application/vnd.oci.image.${type}`, digest, size },
    });
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config: described('config.v1+json', registry.pushBlob('large', config), config.length),
      layers: [
        described('layer.v1.tar', registry.pushBlob('large', Buffer.from('less than it says')), bytes),
      ],
    };
    const { reference } = registry.pushManifest('large', manifest, mediaType);
    const { namespace = '' } = like?.metadata ?? {};
    const spec = { ...like?.spec, source: { registry: { image: reference } } };
    const { apiVersion = '', kind = '' } = like ?? {};
    await cluster.create(KINDS.CFPackage, { apiVersion, kind, metadata: { name: 'large', namespace }, spec });
    return;
  }
}

describe.runIf(here.includes('FAT'))('a stick with FAT', { timeout: 60_000 }, () => {
  it('takes no file of 4 GiB: an export says so before the first byte, with the parts that would fit', async () => {
    const file = await put('FAT', 16 * GiB);
    await nameLargeImage(5 * GiB);
    const { code, says } = failureOf(await exported(file));
    expect({ code, says }).toEqual({
      code: 5,
      says: [
        expect.stringMatching(/the archive takes 53\d{8} bytes, and a file on FAT at most 4294967295$/),
        'hint: cut it into parts, on several media if need be: --volume-size 4GiB-1',
      ],
    });
    expect(await readdir(medium.folder)).toEqual([]);
  });
});
