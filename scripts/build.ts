/** Bundles the program into dist/, or the folder that is named. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { bundle } from './bundle.ts';

const outdir = process.argv[2] ?? 'dist';
const { files } = await bundle(outdir);
await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
await Promise.all(files.map(({ path, contents }) => writeFile(path, contents)));
