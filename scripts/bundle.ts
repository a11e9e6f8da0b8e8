import { build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { HELP } from '../src/commands/help/all.ts';

// Some bundled packages are CommonJS and expect its globals.
const COMMONJS_GLOBALS = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  "import { dirname as __directoryOf } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  'const __dirname = __directoryOf(__filename);',
].join('');

/** Puts what the module of all help comes to in its place: it would need every command, and oclif. */
const READY_HELP: Plugin = {
  name: 'ready-help',
  setup: ({ onLoad }) => {
    onLoad({ filter: /commands[\\/]help[\\/]all\.ts$/ }, () => ({
      contents: `export const HELP = ${JSON.stringify(HELP)};`,
    }));
  },
};

export interface Bundle {
  readonly files: readonly OutputFile[];
  /** What went into it, by file. */
  readonly metafile: Metafile;
}

/**
 * The program as split ES modules, so that a command loads only what it needs; `main.mjs` is where it begins. Nothing
 * is written: a build that fails leaves the last program alone.
 * @param outdir where the paths of the files are to be
 */
export async function bundle(outdir: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    write: false,
    metafile: true,
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
    plugins: [READY_HELP],
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: COMMONJS_GLOBALS },
    // oclif looks for these two and does without them; Ink's developer tools are never used.
    external: ['ts-node', '@oclif/core/package.json'],
    alias: { 'react-devtools-core': './scripts/empty.js' },
  });
  return { files: outputFiles, metafile };
}
