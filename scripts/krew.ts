/**
 * Packs the built program for Krew and writes the manifest that goes with the archive, so that the two cannot
 * disagree. `node scripts/krew.ts [FOLDER]` takes the program from dist/ and writes release/asa-backup.tar.gz and
 * plugin.yaml, or both into the folder that is named.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { dump } from 'js-yaml';
import { pack } from 'tar-stream';
import pjson from '../package.json' with { type: 'json' };

const ARCHIVE = 'asa-backup.tar.gz';
const PROGRAM = 'bin/kubectl-asa_backup';

/** One archive serves all of them: the program is JavaScript. Krew wants an .exe on Windows, which this is not. */
const PLATFORMS = [
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
];

/** Outside of a package Node would have to guess that the program is an ES module, and older ones guess wrong. */
const PACKAGE = { name: pjson.name, version: pjson.version, license: pjson.license, type: pjson.type };

/**
 * The archive: regular files only, since Krew refuses links, and equal bytes for equal files: sorted, of nobody, of no
 * time.
 */
async function packArchive(): Promise<Buffer> {
  const bundle = (await readdir('dist')).map(file => `dist/${file}`);
  const tar = pack();
  tar.entry(entryOf('package.json'), `${JSON.stringify(PACKAGE)}\n`);
  for (const name of ['LICENSE', 'README.md', PROGRAM, ...bundle].sort()) {
    tar.entry(entryOf(name), await readFile(name));
  }
  tar.finalize();
  return gzipSync(await buffer(tar), { level: 9 });
}

function entryOf(name: string) {
  return { name, mode: name === PROGRAM ? 0o755 : 0o644, mtime: new Date(0) };
}

/** The manifest, in the form of krew.googlecontainertools.github.com/v1alpha2. */
function manifestOf(archive: Buffer): string {
  const { homepage, version, engines } = pjson;
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'asa-backup' },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription: 'Back up and restore a Korifi foundation with its images',
      description: [
        'Exports a Tanzu Application Service Adapter (Korifi) foundation into one',
        'tar: its CF and Carvel resources and every container image they name.',
        'Restores it into another cluster and registry, across an air gap if need',
        'be. Apps come back with the droplets they had; nothing is staged again.',
        '',
        'Nothing is installed in the cluster. Secrets are encrypted with age. The',
        'tar is an OCI image layout, readable with skopeo, tar, zstd and jq.',
        '',
      ].join('\n'),
      caveats: `The program needs Node.js ${engines.node.replace('>=', '')} or newer as "node" in the PATH.\n`,
      platforms: PLATFORMS.map(matchLabels => ({
        selector: { matchLabels },
        uri: `${homepage}/releases/download/v${version}/${ARCHIVE}`,
        sha256,
        bin: PROGRAM,
      })),
    },
  };
  return `# Made by \`npm run build:krew\`; changes go to scripts/krew.ts.\n${dump(manifest, { noRefs: true })}`;
}

const [, , folder] = process.argv;
const release = folder ?? 'release';
const archive = await packArchive();
await mkdir(release, { recursive: true });
await writeFile(join(release, ARCHIVE), archive);
await writeFile(join(folder ?? '.', 'plugin.yaml'), manifestOf(archive));
