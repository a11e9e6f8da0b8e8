import type { ProgressEvent } from './events.ts';
import { count, duration, oneLine, plural, size } from './format.ts';
import { kindsOf } from './milestones.ts';
import { PHASE_LABELS } from './phases.ts';
import { redact } from './redact.ts';

type Of<T extends ProgressEvent['type']> = Extract<ProgressEvent, { type: T }>;

/** How each event reads in a log. What comes by the thousand for one blob is not told. */
const TEXTS: { readonly [T in ProgressEvent['type']]: (event: Of<T>) => string } = {
  phase: ({ phase }) => `phase ${PHASE_LABELS[phase]}`,
  listed: ({ kind, objects, done }) => `${kind}: ${plural(objects, 'object')} listed${done ? '' : ' so far'}`,
  resolved: ({ reference }) => `${reference}: resolved`,
  planned: ({ bytes, blobs, objects, images, waves }) =>
    `planned: ${size(bytes)} in ${plural(blobs, 'blob')}, ${plural(objects, 'object')}, ${plural(images, 'image')}` +
    (waves > 0 ? `, ${plural(waves, 'wave')}` : ''),
  'blob-started': ({ digest, bytes, for: user }) => `${digest}: begun, ${size(bytes)}, for ${user}`,
  'blob-progress': () => '',
  'blob-done': ({ digest, bytes, how }) => `${digest}: ${how}, ${size(bytes)}`,
  'blob-failed': ({ digest }) => `${digest}: given up`,
  'on-medium': ({ bytes }) => `${size(bytes)} of the archive are on the medium`,
  'manifest-done': ({ reference }) => `${reference}: complete`,
  'wave-started': ({ wave, of, kinds, objects }) =>
    `wave ${wave} of ${of}: ${kindsOf(kinds)}, ${plural(objects, 'object')}`,
  'object-done': ({ kind, name, how }) => `${kind} ${name}: ${how}`,
  waiting: ({ subject, for: condition, message, left }) =>
    `waiting for ${subject}: ${condition}${message ? `: ${message}` : ''} (${count(left)} left)`,
  waited: ({ subject }) => `${subject}: waited for no longer`,
  'wave-done': ({ wave }) => `wave ${wave} is done`,
  held: ({ subject }) => `${subject}: slow, a read or write waits for it`,
  released: ({ subject }) => `${subject}: goes on`,
  retry: ({ subject, reason, attempt, delayMs }) =>
    `retry ${attempt} in ${duration(delayMs / 1000)}: ${subject}: ${reason}`,
  note: ({ text }) => `note: ${text}`,
  loss: ({ loss }) =>
    `loss: ${loss.subject}: ${loss.reason}${loss.usedBy?.length ? `, used by ${loss.usedBy.join(', ')}` : ''}`,
};

/** What comes by the thousand: for a log file, not for whoever looks at the last messages. */
const DETAILS: ReadonlySet<ProgressEvent['type']> = new Set([
  'listed',
  'resolved',
  'blob-started',
  'blob-progress',
  'blob-done',
  'on-medium',
  'manifest-done',
  'object-done',
]);

/** An event as one line of a log, without credentials and control characters; undefined for what is not told. */
export function logLine(event: ProgressEvent): string | undefined {
  if (event.type === 'blob-progress') return undefined;
  const text = TEXTS[event.type] as (event: ProgressEvent) => string;
  return redact(oneLine(text(event)));
}

/** Messages that are kept to be looked at. */
const KEPT = 100;

/** The last messages of a run. */
export class LastMessages {
  readonly lines: string[] = [];

  hear(event: ProgressEvent): void {
    if (DETAILS.has(event.type)) return;
    const time = new Date().toTimeString().slice(0, 8);
    this.lines.push(`${time}  ${logLine(event)}`);
    if (this.lines.length > KEPT) this.lines.shift();
  }
}
