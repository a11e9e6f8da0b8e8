import { resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { HELP } from '../src/commands/help/all.ts';

/**
 * What is asked for most, and by shells that wait: each of these is one file, since Node takes a millisecond for each
 * module that it loads. They have copies of what they need; everything else shares its chunks.
 */
const DOORS: Readonly<Record<string, string>> = {
  main: 'src/main.ts',
  help: 'src/commands/help/show.ts',
  complete: 'src/commands/completion/answer.ts',
  list: 'src/commands/list.ts',
  program: 'src/commands/main.ts',
};

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

/** From the first door the others are files beside it. */
const OTHER_DOORS: Plugin = {
  name: 'other-doors',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      const door = Object.entries(DOORS).find(([, file]) => resolve(file) === resolve(resolveDir, path));
      return door && { path: `./${door[0]}.mjs`, external: true };
    });
  },
};

/** Our own modules get the part of undici that they use; client-node, which is loaded for few, the whole. */
const PART_OF_UNDICI: Plugin = {
  name: 'part-of-undici',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer.includes('node_modules') ? undefined : { path: resolve('scripts/undici.js') },
    );
  },
};

/** What oclif would show its own help and errors with. Its parser is all that is used of it. */
const PARSER_OF_OCLIF: Plugin = {
  name: 'parser-of-oclif',
  setup: ({ onLoad }) => {
    const unused = /@oclif[\\/]core[\\/]lib[\\/](errors[\\/]handle|help[\\/]index|ux[\\/]index)\.js$/;
    onLoad({ filter: unused }, () => ({ contents: 'module.exports = {};' }));
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
  const results = await Promise.all(Object.keys(DOORS).map(door => build(optionsFor(door, outdir))));
  const files = new Map(
    results.flatMap(result => result.outputFiles.map(file => [file.path, file] as const)),
  );
  const metafiles = results.map(({ metafile }) => metafile);
  return {
    files: [...files.values()].map(withoutGlobals),
    metafile: {
      inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
      outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
    },
  };
}

function optionsFor(door: string, outdir: string) {
  return {
    write: false,
    metafile: true,
    entryPoints: { [door]: DOORS[door] ?? '' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'linked',
    jsx: 'automatic',
    logLevel: 'warning',
    plugins: [READY_HELP, PART_OF_UNDICI, PARSER_OF_OCLIF, ...(door === 'main' ? [OTHER_DOORS] : [])],
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: COMMONJS_GLOBALS },
    // oclif looks for these two and does without them; Ink's developer tools are never used.
    external: ['ts-node', '@oclif/core/package.json'],
    alias: { 'react-devtools-core': './scripts/empty.js', debug: './scripts/no-debug.js' },
  } as const satisfies BuildOptions;
}

/** Few modules need the globals of CommonJS, and to make a `require` takes time. */
function withoutGlobals(file: OutputFile): OutputFile {
  const text = file.text.replace(COMMONJS_GLOBALS, '');
  const needsThem = !file.path.endsWith('.mjs') || /\b(require|__filename|__dirname)\b/.test(text);
  return needsThem ? file : { ...file, text, contents: Buffer.from(text) };
}
