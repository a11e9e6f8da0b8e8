import { Failure } from '../base/errors.ts';

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration as kubectl takes it: `30s`, `1m30s`, `500ms`, or a bare number of seconds.
 *
 * @param flag where it was given, for the message.
 * @throws Failure `usage` when it is none.
 */
export function parseDuration(text: string, flag?: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw new Failure('usage', `${JSON.stringify(text)} is no duration`, {
      ...(flag === undefined ? {} : { subject: flag }),
      hints: ['a duration is written 30s or 1m30s'],
    });
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce(
    (total, [, amount, unit = '']) => total + Number(amount) * (UNITS_MS[unit] ?? 0),
    0,
  );
}
