import { resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { HELP } from '../src/commands/help/all.ts';
import { importsAtOnce, LEAN, withBuiltinsAtHand } from './lean.ts';

/**
 * Where the program begins, and what is asked for most, and by shells that wait: each of these is one file or few, since
 * Node takes a millisecond for each module that it loads. They have copies of what they need.
 */
const DOORS: Readonly<Record<string, string>> = {
  main: 'src/main.ts',
  help: 'src/commands/help/show.ts',
  complete: 'src/commands/completion/answer.ts',
  list: 'src/commands/list.ts',
  program: 'src/commands/program/main.ts',
  // What few need, and what neither shares a state with its user nor throws a Failure to it, which would be another's.
  'auth-provider': 'src/cluster/auth-provider.ts',
  pool: 'src/cluster/pool.ts',
  texts: 'src/commands/help/all.ts',
  printer: 'src/progress/printer.ts',
};

/** Which doors a door leads to, where it loads them only when they are wanted. Everything else it has itself. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  main: Object.keys(DOORS),
  list: ['auth-provider', 'pool', 'texts', 'printer'],
  complete: ['auth-provider'],
  program: ['auth-provider'],
};

/** Whose parts are so often needed together that they are one file. */
const WHOLE = ['list'];

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

/** From a door others are files beside it. */
function doorsBehind(door: string): Plugin[] {
  const others = new Map((BEHIND[door] ?? []).map(name => [resolve(DOORS[name] ?? ''), name]));
  const external: Plugin = {
    name: 'doors-behind',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const other = kind === 'dynamic-import' && others.get(resolve(resolveDir, path));
        return other ? { path: `./${other}.mjs`, external: true } : undefined;
      });
    },
  };
  // Such a door shows no view.
  const whole = importsAtOnce(path => others.has(path) || path.endsWith('.tsx'));
  return WHOLE.includes(door) ? [external, whole] : [external];
}

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
    files: [...files.values()].map(ready),
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
    splitting: !WHOLE.includes(door),
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'linked',
    jsx: 'automatic',
    logLevel: 'warning',
    plugins: [READY_HELP, ...LEAN, ...doorsBehind(door)],
    // The second is how Node.js itself leaves undici's other parser of HTTP out.
    define: { 'process.env.NODE_ENV': '"production"', esbuildDetection: 'true' },
    banner: { js: COMMONJS_GLOBALS },
    // oclif looks for it and does without; Ink's developer tools are never used.
    external: ['ts-node'],
    alias: { 'react-devtools-core': './scripts/empty.js', debug: './scripts/no-debug.js' },
  } as const satisfies BuildOptions;
}

/** Few modules need the globals of CommonJS, and to make a `require` takes time. */
function ready(file: OutputFile): OutputFile {
  if (!file.path.endsWith('.mjs')) return file;
  const bare = file.text.replace(COMMONJS_GLOBALS, '');
  const needsThem = /\b(require|__filename|__dirname)\b/.test(bare);
  const text = withBuiltinsAtHand(needsThem ? file.text : bare);
  return { ...file, text, contents: Buffer.from(text) };
}
