import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const NOTHING = 'nothing';

/** Our own modules get the part of undici that they use; client-node, which is loaded for few, the whole. */
const PART_OF_UNDICI: Plugin = {
  name: 'part-of-undici',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer.includes('node_modules') ? undefined : { path: resolve('scripts/undici.js') },
    );
    // Its parser of HTTP is there twice, for processors with and without vectors: the second runs on all of them.
    onResolve({ filter: /llhttp_simd-wasm\.js$/ }, () => ({
      path: resolve('node_modules/undici/lib/llhttp/llhttp-wasm.js'),
    }));
    // HTTP/2 is half of its HTTP, and spoken only by a server that has chosen it.
    onLoad({ filter: /undici[\\/]lib[\\/]dispatcher[\\/]client\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const eager = "const connectH2 = require('./client-h2.js')";
      if (!text.includes(eager)) throw new Error(`undici loads HTTP/2 in another way than: ${eager}`);
      return {
        contents: text.replace(eager, "const connectH2 = (...args) => require('./client-h2.js')(...args)"),
      };
    });
    // Nobody sends a form.
    onResolve({ filter: /web\/(fetch\/(body\.js|formdata)|webidl)$/ }, ({ path, importer }) =>
      /undici[\\/]lib[\\/](core|dispatcher)[\\/]/.test(importer) ? { path, namespace: NOTHING } : undefined,
    );
  },
};

/** What oclif would show its own help and errors with. Its parser is all that is used of it. */
const PARSER_OF_OCLIF: Plugin = {
  name: 'parser-of-oclif',
  setup: ({ onLoad, onResolve }) => {
    const unused =
      /@oclif[\\/]core[\\/]lib[\\/](errors[\\/](handle|errors[\\/]pretty-print)|help[\\/]index|ux[\\/]write)\.js$/;
    onLoad({ filter: unused }, () => ({ contents: 'module.exports = {};' }));
    // Messages of the parser are made with it, and told in our own words and colours.
    const theme = /@oclif[\\/]core[\\/]lib[\\/]ux[\\/](index|theme)\.js$/;
    onLoad({ filter: theme }, () => ({ contents: 'exports.colorize = (_, text) => text;' }));
    // It asks for its own version, and tells nobody.
    onResolve({ filter: /^@oclif\/core\/package\.json$/ }, ({ path }) => ({ path, namespace: NOTHING }));
    onResolve({ filter: /^(clean-stack|indent-string|wrap-ansi)$/ }, ({ path, importer }) =>
      importer.includes('@oclif') ? { path, namespace: NOTHING } : undefined,
    );
  },
};

/** Modules that are named and never called. Each is its own, so that it stays in the file of who names it. */
const UNUSED: Plugin = {
  name: 'unused',
  setup: ({ onLoad }) => {
    onLoad({ filter: /./, namespace: NOTHING }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Half of what is loaded at the start would be parts of packages that this program never calls. */
export const LEAN: readonly Plugin[] = [PART_OF_UNDICI, PARSER_OF_OCLIF, UNUSED];

/** How esbuild writes an `import` of Node's own module, and a `require` of one. */
const IMPORT =
  /(?<=^|[;}\n])import\s*(?:([\w$]+)|\*\s*as\s+([\w$]+)|\{([^}]*)\})\s*from\s*(["']node:[\w/]+["']);?/g;
const REQUIRE = /(?<![.\w$])(?!import\b)[\w$]+\(("node:[\w/]+")\)/g;

/**
 * Has a module take what it needs of Node.js from the module itself. An `import` would first read every property that
 * the module has, and some load a quarter of Node.js when they are read: `util.parseArgs`, `http.WebSocket`; a `require`
 * would search for it.
 * @param text a module as esbuild writes it
 */
export function withBuiltinsAtHand(text: string): string {
  return text
    .replace(REQUIRE, (_, module) => atHand(module))
    .replace(IMPORT, (_, whole?: string, all?: string, names = '', module = '') => {
      const wanted = whole ?? all ?? `{${(names as string).replaceAll(/ as /g, ':')}}`;
      return `var ${wanted}=${atHand(module)};`;
    });
}

function atHand(module: string): string {
  return `process.getBuiltinModule(${module})`;
}

/**
 * Has a door that is one file import at once what it would import later. esbuild would otherwise make functions of all
 * that is in it, which V8 reads twice.
 * @param later which modules stay out until they are wanted
 */
export function importsAtOnce(later: (path: string) => boolean): Plugin {
  return {
    name: 'imports-at-once',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        const imports: string[] = [];
        const text = (await readFile(path, 'utf8')).replaceAll(/\bimport\('([^']+)'\)/g, (whole, module) => {
          if (later(resolve(dirname(path), module))) return whole;
          const name = `atOnce${imports.length}`;
          imports.push(`import * as ${name} from '${module}';`);
          return `Promise.resolve(${name})`;
        });
        return imports.length === 0 ? undefined : { contents: `${imports.join('')}${text}`, loader: 'ts' };
      });
    },
  };
}
