/** A version's numbers and pre-release part (semver 2.0.0; build metadata does not order). */
interface Version {
  readonly numbers: readonly number[];
  readonly prerelease: string;
}

function parse(text: string): Version {
  const [core = '', ...prerelease] = (text.split('+')[0] ?? '').replace(/^v/, '').split('-');
  return { numbers: core.split('.').map(Number), prerelease: prerelease.join('-') };
}

/** Negative when the first is older. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [parse(a), parse(b)];
  for (let place = 0; place < 3; place++) {
    const difference = (first.numbers[place] ?? 0) - (second.numbers[place] ?? 0);
    if (difference !== 0) return difference;
  }
  if (first.prerelease === second.prerelease) return 0;
  if (first.prerelease === '') return 1;
  if (second.prerelease === '') return -1;
  return first.prerelease < second.prerelease ? -1 : 1;
}

const OPERATORS: Readonly<Record<string, (difference: number) => boolean>> = {
  '': difference => difference === 0,
  '=': difference => difference === 0,
  '==': difference => difference === 0,
  '>': difference => difference > 0,
  '>=': difference => difference >= 0,
  '<': difference => difference < 0,
  '<=': difference => difference <= 0,
};

/** Whether a version is within constraints such as `1.3.1` or `>=1.2.0 <2.0.0`; pre-releases only where allowed. */
export function satisfies(version: string, constraints: string, prereleases: boolean): boolean {
  if (!prereleases && parse(version).prerelease !== '' && constraints !== version) return false;
  const terms = constraints.matchAll(/([<>=]*)\s*v?(\d[^\s,]*)/g);
  return [...terms].every(([, operator = '', bound = '']) => {
    return OPERATORS[operator]?.(compareVersions(version, bound)) ?? false;
  });
}
