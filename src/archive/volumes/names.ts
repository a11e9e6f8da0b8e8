import { basename, dirname, extname, join } from 'node:path';

/** `backup.tar` → `backup.002.tar`: what a shell's `backup.*.tar` gives in the right order. */
export function volumePath(archive: string, number: number): string {
  const extension = extname(archive);
  const stem = basename(archive, extension);
  return join(dirname(archive), `${stem}.${String(number).padStart(3, '0')}${extension}`);
}

/** `backup.002.tar` → `backup.tar` and 2; undefined for a name that no part has. */
export function parseVolumeName(path: string): { archive: string; number: number } | undefined {
  const [, stem, number, extension] = /^(.+)\.(\d{3})(\.[^.]*)?$/s.exec(basename(path)) ?? [];
  if (stem === undefined || number === undefined) return undefined;
  return { archive: join(dirname(path), `${stem}${extension ?? ''}`), number: Number(number) };
}
