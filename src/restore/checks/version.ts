import type { Finding } from '../../base/findings.ts';
import { crossing } from '../../foundation/conversions/conversions.ts';
import { skewOf } from '../../foundation/versions.ts';

/** What the versions of Korifi on both sides mean for the restore; nothing where they are the same or not known. */
export function compareKorifi(from: string | undefined, to: string | undefined): Finding[] {
  if (from === undefined || to === undefined || from === to) return [];
  const text = `the target runs Korifi ${to}, the backup is of ${from}`;
  const warn = (said: string): Finding => ({
    code: 'korifi-version',
    severity: 'warn',
    subject: to,
    text: said,
  });
  const skew = skewOf(from, to);
  switch (skew.verdict) {
    case 'same':
      return [warn(text)];
    case 'converted':
      return [
        warn(`${text}: objects are converted`),
        ...crossing(from, to).notices.map(notice => warn(notice.text)),
      ];
    case 'untried':
      return [warn(`${text}: ${skew.because}`)];
    case 'refused': {
      const hint = 'restore into a Korifi of the same version';
      return [{ ...warn(`${text}: ${skew.because}`), severity: 'refuse', hint }];
    }
  }
}
