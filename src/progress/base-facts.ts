import { plural, size } from './format.ts';
import type { Fact } from './report-parts.ts';
import type { VerifyResult } from './results/archive.ts';
import type { LeftToBase } from './results/parts.ts';

/** Which archive a differential one was made against, and what is there and not here. */
export function baseFacts(base: LeftToBase | undefined, where = 'not in this file'): Fact[] {
  if (base === undefined) return [];
  const { createdAt, digest, layers, bytes } = base;
  return [
    ['base', `the backup made at ${createdAt}`],
    ['its layers', digest],
    ['left to it', `${plural(layers, 'layer')}, ${size(bytes)}: ${where}`],
  ];
}

/** The same when it was looked for. */
export function checkedBaseFacts(base: VerifyResult['base']): Fact[] {
  if (base === undefined) return [];
  const { files, unchecked } = base;
  return baseFacts(
    base,
    unchecked > 0 ? 'not checked, since --base was not given' : `right, in ${files.join(', ')}`,
  );
}

/** Whether something was left to a base that was not looked at. */
export function isUnchecked(base: VerifyResult['base']): boolean {
  return (base?.unchecked ?? 0) > 0;
}
