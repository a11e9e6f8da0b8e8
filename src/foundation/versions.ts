/** Major, minor and patch of a Korifi release; what a build of its own appends (`-rc1`, `-local.dev`) is left out. */
export type Version = readonly [major: number, minor: number, patch: number];

/** `v0.8.1`, `0.18.0-dev`; undefined for a text that is no version. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Below zero where `a` is older than `b`. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Versions of Korifi from `since` on and before `until`, which see and leave the same objects. */
interface Line {
  readonly name: string;
  readonly since: Version;
  readonly until?: Version;
}

/**
 * What the releases of Korifi have in common. The adapter's lines are those that the Application Service Adapter
 * shipped; between them and `current` the forms of objects changed with nearly every release.
 */
const LINES = [
  { name: 'adapter-early', since: [0, 2, 0], until: [0, 8, 0] },
  { name: 'adapter', since: [0, 8, 0], until: [0, 9, 0] },
  { name: 'between', since: [0, 9, 0], until: [0, 16, 0] },
  { name: 'current', since: [0, 16, 0] },
] as const satisfies readonly Line[];
type LineName = (typeof LINES)[number]['name'];

/** What becomes of a restore from one version into another. */
export type Skew =
  | { readonly verdict: 'same' | 'converted' }
  | { readonly verdict: 'untried' | 'refused'; readonly because: string };

const FORMS = 'objects have other forms in between, and no conversion for them has been tried';
const BACK = 'an older Korifi has no place for what a newer one keeps';
const EARLY = 'upgrade the source to Korifi 0.8.1 (adapter 1.3) first';

/** By line of the source and line of the target; within one line forms agree. */
const SKEWS: Readonly<Record<LineName, Readonly<Record<LineName, Skew>>>> = {
  'adapter-early': {
    'adapter-early': { verdict: 'untried', because: 'these versions of Korifi were not tried together' },
    adapter: { verdict: 'untried', because: 'a restore from so old a Korifi was not tried' },
    between: { verdict: 'refused', because: FORMS },
    current: { verdict: 'refused', because: `only Korifi 0.8 converts to this one: ${EARLY}` },
  },
  adapter: {
    'adapter-early': { verdict: 'refused', because: BACK },
    adapter: { verdict: 'same' },
    between: { verdict: 'refused', because: `${FORMS}: restore into Korifi 0.16 or later` },
    current: { verdict: 'converted' },
  },
  between: {
    'adapter-early': { verdict: 'refused', because: BACK },
    adapter: { verdict: 'refused', because: BACK },
    between: { verdict: 'untried', because: 'these versions of Korifi were not tried together' },
    current: { verdict: 'refused', because: FORMS },
  },
  current: {
    'adapter-early': { verdict: 'refused', because: BACK },
    adapter: { verdict: 'refused', because: BACK },
    between: { verdict: 'refused', because: BACK },
    current: { verdict: 'same' },
  },
};

/** What is known of a restore from one version of Korifi into another, as both write them. */
export function skewOf(from: string, to: string): Skew {
  if (from === to) return { verdict: 'same' };
  const [source, target] = [lineOf(from), lineOf(to)];
  if (source === undefined || target === undefined) {
    return { verdict: 'untried', because: 'one of them is no release of Korifi that is known here' };
  }
  return SKEWS[source][target];
}

function lineOf(text: string): LineName | undefined {
  const version = parseVersion(text);
  if (version === undefined) return undefined;
  return LINES.find(
    line =>
      compareVersions(version, line.since) >= 0 &&
      (!('until' in line) || compareVersions(version, line.until) < 0),
  )?.name;
}
