import { count, plural } from './format.ts';
import { kindCounts, sum } from './report-parts.ts';
import type { ExportResult } from './results/archive.ts';

/** How secrets are kept. */
export const SECRETS = {
  age: 'encrypted with age',
  plaintext: 'NOT encrypted: whoever has the file can read them',
  redacted: 'taken out: a copy to show to others, which is never restored',
};

/** How an archive of so many objects of each kind keeps its secrets; where it has none, nobody need be afraid. */
export function secretsText(how: keyof typeof SECRETS, objects: ExportResult['objects']): string {
  return how === 'plaintext' && (objects.Secret ?? 0) === 0 ? 'none: it holds no Secret' : SECRETS[how];
}

/** Said only when what was written has been synced, and its folder. */
export const ON_MEDIUM = 'all is on the medium, which is safe to remove';

/** From where an archive was read back. */
export const READ_BACK = {
  medium: 'from the medium itself, every byte is as it was written',
  cache: 'every byte is as it was written, but perhaps from memory: the file system has no direct reads',
};

export function attachedText(artifacts: number): string {
  return artifacts === 0 ? '' : `${plural(artifacts, 'artifact')}: signatures, attestations and the like`;
}

/** `backup.tar`, or `3 parts, backup.001.tar to backup.003.tar`. */
export function inParts(file: string, parts: readonly string[]): string {
  if (parts.length === 0) return file;
  return parts.length === 1
    ? `one part, ${parts[0]}`
    : `${parts.length} parts, ${parts[0]} to ${parts.at(-1)}`;
}

export function signedText(signature: ExportResult['signature']): string {
  if (signature === undefined) return '';
  const { key, principals } = signature;
  return principals === undefined ? `with ${key}` : `by ${principals}, with ${key}`;
}

export function objectsText(objects: ExportResult['objects']): string {
  return sum(objects) === 0 ? 'none' : `${count(sum(objects))}: ${kindCounts(objects)}`;
}

/** How a verdict goes on. */
export function but(losses: number): string {
  return losses === 0 ? ', nothing is missing' : `, with ${plural(losses, 'loss', 'losses')}`;
}
