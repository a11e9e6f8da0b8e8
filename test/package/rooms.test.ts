import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Of which other rooms under src/ each room may know; all know `base`. */
const ROOMS: Record<string, readonly string[]> = {
  base: [],
  cluster: [],
  registry: [],
  archive: [],
  foundation: ['registry', 'archive'],
  progress: ['ui'],
  ui: ['progress'],
  sandbox: ['cluster', 'registry', 'foundation'],
  export: ['foundation', 'cluster', 'registry', 'archive', 'progress'],
  restore: ['foundation', 'cluster', 'registry', 'archive', 'progress'],
  commands: [
    'foundation',
    'cluster',
    'registry',
    'archive',
    'progress',
    'export',
    'restore',
    'sandbox',
    'ui',
  ],
};

/** Which rooms know a package. */
const PACKAGES: Record<string, readonly string[]> = {
  '@kubernetes/client-node': ['cluster'],
  'openid-client': ['cluster'],
  '@oclif/core': ['commands'],
  'age-encryption': ['archive'],
  chalk: ['progress', 'ui'],
  ink: ['ui'],
  'js-yaml': ['cluster', 'commands', 'foundation', 'progress', 'registry', 'sandbox'],
  react: ['ui'],
  'tar-stream': ['registry', 'sandbox'],
  undici: ['cluster', 'registry', 'sandbox'],
};

/** What of other rooms may be used only in part. */
const PARTS: Record<string, RegExp> = {
  'commands → ui': /^wizard\//,
  'foundation → archive': /^plan\.ts$/,
  'foundation → registry': /^reference\.ts$/,
  'sandbox → cluster': /^cluster\.ts$/,
  'sandbox → registry': /^(reference|descriptor|layer|image-manifest)\.ts$/,
};

/** Of which other folders of commands each may know; the rest of them belong to the commands that are found there. */
const FOLDERS: Record<string, readonly string[]> = {
  program: ['help', 'index.ts'],
  flags: ['program'],
  'from-flags': ['flags'],
  runs: ['flags', 'from-flags', 'program', 'wizard'],
  wizard: ['flags', 'from-flags', 'runs'],
};

interface Import {
  readonly file: string;
  readonly room: string;
  /** A room under src/ with the file in it, or a package. */
  readonly from: { readonly room: string; readonly file: string } | { readonly package: string };
}

const IMPORTS = Object.keys(ROOMS).flatMap(room =>
  readdirSync(join('src', room), { recursive: true, encoding: 'utf8' })
    .filter(file => /\.tsx?$/.test(file))
    .flatMap(file => importsOf(room, join('src', room, file))),
);

describe('the rooms of the house', () => {
  it('are the folders there are', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter(entry => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(ROOMS).sort());
  });

  it('know of each other in one direction', () => {
    const wrong = IMPORTS.filter(({ room, from }) => {
      if (!('room' in from) || from.room === room || from.room === 'base') return false;
      const part = PARTS[`${room} → ${from.room}`];
      return !ROOMS[room]?.includes(from.room) || (part !== undefined && !part.test(from.file));
    });
    expect(wrong).toEqual([]);
  });

  it('of commands keep what is shared from knowing the commands', () => {
    const wrong = IMPORTS.filter(({ file, from }) => {
      const [, room = '', folder = ''] = file.split('/');
      if (room !== 'commands' || !('room' in from) || from.room !== room) return false;
      const [other = ''] = from.file.split('/');
      return folder in FOLDERS && other !== folder && !FOLDERS[folder]?.includes(other);
    });
    expect(wrong).toEqual([]);
  });

  it('know the packages that are their business', () => {
    const wrong = IMPORTS.filter(
      ({ room, from }) => 'package' in from && !PACKAGES[from.package]?.includes(room),
    );
    expect(wrong).toEqual([]);
    const used = new Set(IMPORTS.flatMap(({ from }) => ('package' in from ? [from.package] : [])));
    expect([...used].sort()).toEqual(Object.keys(PACKAGES).sort());
  });
});

function importsOf(room: string, file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const matches = source.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g);
  return [...matches].flatMap(([, stated, lazy]): Import[] => {
    const name = stated ?? lazy ?? '';
    if (name.startsWith('node:')) return [];
    if (!name.startsWith('.'))
      return [
        {
          file,
          room,
          from: {
            package: name
              .split('/')
              .slice(0, name.startsWith('@') ? 2 : 1)
              .join('/'),
          },
        },
      ];
    const [top, other, ...rest] = normalize(join(dirname(file), name)).split('/');
    return top === 'src' ? [{ file, room, from: { room: other ?? '', file: rest.join('/') } }] : [];
  });
}
