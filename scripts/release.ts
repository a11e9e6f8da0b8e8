/**
 * Makes a release: an executable for every platform, packed for Krew with its licences; manual pages, checksums, a bill
 * of materials, notes from the changelog, and Krew's manifest, so that none of them can disagree with another.
 *
 *     node scripts/release.ts [--out FOLDER] [--platform linux-amd64]...
 *
 * Into release/, or FOLDER, unless what is there is of the same program and Node.js. plugin.yaml is written at the top of
 * the project too when all platforms are made into release/.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { writeManuals } from '../src/commands/help/pages.ts';
import { bundle } from './bundle.ts';
import { packFiles } from './release/archive.ts';
import { billOf, componentsOf, noticesOf } from './release/components.ts';
import { makeExecutable } from './release/executable.ts';
import { archiveName, krewManifest, type Packed } from './release/krew.ts';
import { notesOf } from './release/notes.ts';
import { PLATFORMS, type Platform, platformName, programName } from './release/platforms.ts';

/** The manual pages, as they lie below a folder of the MANPATH. */
const MANUALS = 'asa-backup-man.tar.gz';
/** Names what a release was made of. */
const STAMP = '.made-of';

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'release' }, platform: { type: 'string', multiple: true } },
});
const { out, platform: names } = values;
const platforms = PLATFORMS.filter(platform => names?.includes(platformName(platform)) ?? true);

const program = await bundle('dist');
const changelog = await readFile('CHANGELOG.md', 'utf8');
const stamp = stampOf();
if ((await readFile(join(out, STAMP), 'utf8').catch(() => '')) === stamp) process.exit(0);
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const node = { version: process.versions.node, folder: dirname(dirname(process.execPath)) };
const components = componentsOf(program.metafile, node);
await writeFile(join(out, 'THIRD-PARTY-LICENSES.txt'), noticesOf(components));
await writeFile(join(out, 'asa-backup.cdx.json'), billOf(components));
await packManuals();
await writeFile(join(out, 'RELEASE_NOTES.md'), notesOf(changelog));
const packed: Packed[] = [];
for (const platform of platforms) packed.push(await release(platform));
await writeFile(join(out, 'plugin.yaml'), krewManifest(packed));
await writeFile(join(out, 'SHA256SUMS'), await checksums());
if (platforms.length === PLATFORMS.length && out === 'release')
  await copyFile(join(out, 'plugin.yaml'), 'plugin.yaml');
await writeFile(join(out, STAMP), stamp);

function stampOf(): string {
  const hash = createHash('sha256');
  for (const { path, hash: digest } of program.files) hash.update(`${path} ${digest}\n`);
  hash.update(changelog);
  return [hash.digest('hex'), process.versions.node, ...platforms.map(platformName)].join('\n');
}

async function release(platform: Platform): Promise<Packed> {
  const folder = join(out, platformName(platform));
  const executable = join(folder, programName(platform));
  await mkdir(folder, { recursive: true });
  await makeExecutable(program, platform, executable);
  const archive = archiveName(platform);
  await packFiles(
    [
      { name: programName(platform), path: executable, executable: true },
      { name: 'LICENSE', path: 'LICENSE' },
      { name: 'THIRD-PARTY-LICENSES.txt', path: join(out, 'THIRD-PARTY-LICENSES.txt') },
    ],
    join(out, archive),
  );
  process.stdout.write(`${archive}\n`);
  return { platform, archive, sha256: await sha256(join(out, archive)) };
}

async function packManuals(): Promise<void> {
  const folder = join(out, 'man', 'man1');
  await writeManuals(folder);
  const pages = (await readdir(folder)).sort();
  await packFiles(
    pages.map(page => ({ name: `man1/${page}`, path: join(folder, page) })),
    join(out, MANUALS),
  );
}

/** In the form that `sha256sum --check` reads. */
async function checksums(): Promise<string> {
  const files = [
    ...platforms.map(platform => join(platformName(platform), programName(platform))),
    ...packed.map(({ archive }) => archive),
    MANUALS,
    'RELEASE_NOTES.md',
    'THIRD-PARTY-LICENSES.txt',
    'asa-backup.cdx.json',
    'plugin.yaml',
  ];
  const lines = await Promise.all(files.map(async file => `${await sha256(join(out, file))}  ${file}\n`));
  return lines.join('');
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
