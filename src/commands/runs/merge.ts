import { wholeAgain } from '../../archive/base.ts';
import { versionOf } from '../../archive/plan.ts';
import { Failure } from '../../base/errors.ts';
import type { RewriteResult } from '../../progress/results/archive.ts';
import { giveAllBases } from '../from-flags/base-archives.ts';
import { openSigner } from '../from-flags/signing.ts';
import { type RewriteFlagValues, runRewrite } from './rewriting.ts';

type MergeFlags = RewriteFlagValues & Parameters<typeof openSigner>[0];

/** Makes one whole archive of a chain, of which the first leaves layers to the others. */
export async function runMerge(
  [file = '', ...base]: readonly string[],
  flags: MergeFlags,
): Promise<RewriteResult> {
  const signer = await openSigner(flags);
  return runRewrite([file], flags, signer, async archive => {
    const { plan, blobs, aside } = archive.head;
    if (plan.base === undefined) {
      throw new Failure('usage', 'the archive is whole: it leaves nothing to a base', {
        subject: file,
        hints: ['name the differential archive first, and then those that it leaves layers to'],
      });
    }
    await giveAllBases(archive, file, { base });
    const whole = wholeAgain(plan);
    return { plan: { ...whole, formatVersion: versionOf(whole, signer !== undefined) }, blobs, aside };
  });
}
