/**
 * Bundles the program into dist/, or the folder that is named: split ES modules, so that a command loads only what it
 * needs.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// Some bundled packages are CommonJS and expect its globals.
const COMMONJS_GLOBALS = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  "import { dirname as __directoryOf } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  'const __dirname = __directoryOf(__filename);',
].join('');

const outdir = process.argv[2] ?? 'dist';
const { outputFiles } = await build({
  // Written below, so that a build that fails leaves the last program alone.
  write: false,
  entryPoints: { main: 'src/main.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  jsx: 'automatic',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: { js: COMMONJS_GLOBALS },
  // oclif looks for these two and does without them; Ink's developer tools are never used.
  external: ['ts-node', '@oclif/core/package.json'],
  alias: { 'react-devtools-core': './scripts/empty.js' },
});

await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents)));
