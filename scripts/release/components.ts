import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import pjson from '../../package.json' with { type: 'json' };

/** A package whose code is in the program. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, as the package states it. */
  readonly license: string;
  /** The texts of its licence files. */
  readonly texts: readonly string[];
}

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.(md|txt|mit|apache))?$/i;

/** The packages of which the bundle has code, and the Node.js that runs it, by name. */
export function componentsOf({ outputs }: Metafile, node: { version: string; folder: string }): Component[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  const packages = new Map(
    [...folders].map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return [
        `${name}@${version}`,
        { name, version, license: String(license), texts: textsIn(folder) },
      ] as const;
    }),
  );
  const runtime = { name: 'node', version: node.version, license: 'MIT', texts: textsIn(node.folder) };
  return [...packages.values(), runtime].sort(
    (a, b) => compare(a.name, b.name) || compare(a.version, b.version),
  );
}

/** The licences of everything that is bundled, as one text; a text that many share stands once. */
export function noticesOf(components: readonly Component[]): string {
  const byText = Map.groupBy(components, ({ texts }) => texts.join('\n\n'));
  const parts = [...byText].map(([text, of]) => {
    const names = of.map(({ name, version, license }) => `${name} ${version} (${license})`).join('\n');
    return `${names}\n\n${text === '' ? 'The package states its licence and brings no text of it.' : text.trim()}\n`;
  });
  return ['This program contains the following packages.\n', ...parts].join(`\n${'-'.repeat(79)}\n\n`);
}

/**
 * The bill of materials, in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). Without a serial number or time, which
 * are optional, so that it has the same bytes for the same program.
 */
export function billOf(components: readonly Component[]): string {
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': pjson.name,
        name: pjson.name,
        version: pjson.version,
        licenses: [{ expression: pjson.license }],
      },
    },
    components: components.map(({ name, version, license }) => ({
      type: name === 'node' ? 'platform' : 'library',
      'bom-ref': `${name}@${version}`,
      name,
      version,
      licenses: [{ expression: license }],
      purl:
        name === 'node' ? `pkg:generic/node@${version}` : `pkg:npm/${name.replace('@', '%40')}@${version}`,
    })),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function textsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(file => LICENCE_FILE.test(file))
    .sort()
    .map(file => readFileSync(join(folder, file), 'utf8').trim());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
