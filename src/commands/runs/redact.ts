import { redactContents } from '../../export/redact-archive.ts';
import type { RewriteResult } from '../../progress/results/archive.ts';
import { openOpener } from '../from-flags/secrets.ts';
import { type RewriteFlagValues, runRewrite } from './rewriting.ts';

type RedactFlags = RewriteFlagValues & Parameters<typeof openOpener>[1];

/** Makes a redacted copy of an archive. */
export function runRedact(files: readonly string[], flags: RedactFlags): Promise<RewriteResult> {
  return runRewrite(files, flags, undefined, async ({ head }) =>
    redactContents(head, await openOpener(head, flags)),
  );
}
