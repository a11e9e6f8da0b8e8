/**
 * Lays the executables of release/ out as `tanzu plugin install asa-backup --local-source FOLDER` takes them.
 *
 *     node scripts/tanzu.ts [--from FOLDER] [--out FOLDER]
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dump } from 'js-yaml';
import { PLUGIN } from '../src/commands/tanzu/plugin.ts';
import { PLATFORMS, platformName, programName } from './release/platforms.ts';

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: 'release' },
    out: { type: 'string', default: 'release/tanzu' },
  },
});
const { name, target, description, version } = PLUGIN;
const folder = join(values.out, target, name, version);

await rm(values.out, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const platform of PLATFORMS) {
  const program = join(values.from, platformName(platform), programName(platform));
  if (!existsSync(program)) continue;
  const extension = platform.os === 'windows' ? '.exe' : '';
  await copyFile(program, join(folder, `tanzu-${name}-${platform.os}_${platform.arch}${extension}`));
}
await writeFile(
  join(values.out, 'plugin_manifest.yaml'),
  dump({ plugins: [{ name, target, description, versions: [version] }] }),
);
