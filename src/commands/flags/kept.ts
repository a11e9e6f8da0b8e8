/** Flags that say nothing of what a run does, or that hold what nobody else may read. */
const NOT_KEPT = new Set([
  'token',
  'yes',
  'resume',
  'journal',
  'report',
  'output',
  'progress',
  'quiet',
  'log-file',
  'v',
  'dry-run',
]);

/** Whether a run that is gone on with has this flag from its beginning. */
export function isKept(flag: string): boolean {
  return !NOT_KEPT.has(flag);
}
