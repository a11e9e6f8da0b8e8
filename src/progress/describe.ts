import { count, lasting, left, plural, rate, size, sizeOf } from './format.ts';
import { kindsOf } from './milestones.ts';
import type { Snapshot, WaitState } from './snapshot.ts';

/** `43 %`, or undefined before there is a plan; 100 only when everything is done. */
export function percentOf({ fraction }: Snapshot): string | undefined {
  return fraction === undefined ? undefined : `${Math.floor(fraction * 100)} %`;
}

/** How far the run is, in numbers, the most telling first. */
export function figuresOf({
  counting,
  bytes,
  objects,
  bytesPerSecond,
  secondsLeft,
  inFlight,
  onMedium,
}: Snapshot): string[] {
  const figures: string[] = [];
  if (bytes !== undefined) figures.push(sizeOf(bytes.done, bytes.total));
  if (objects !== undefined) figures.push(`${count(objects.done)} of ${plural(objects.total, 'object')}`);
  if (counting !== undefined && figures.length === 0) figures.push(counting);
  if (bytesPerSecond !== undefined && inFlight > 0) figures.push(rate(bytesPerSecond));
  if (secondsLeft !== undefined) figures.push(left(secondsLeft));
  if (onMedium !== undefined && inFlight > 0) figures.push(`${size(onMedium)} on the medium`);
  return figures;
}

/** `wave 4 of 9: CFApp, CFProcess, 812 of 1,204 objects`. */
export function waveOf({ wave }: Snapshot): string | undefined {
  if (wave === undefined) return undefined;
  const objects = `${count(wave.done)} of ${plural(wave.objects, 'object')}`;
  return `wave ${wave.wave} of ${wave.of}: ${kindsOf(wave.kinds)}, ${objects}`;
}

/** `waiting 42 s for PackageInstall tanzu/contour: ReconcileSucceeded (3 left)`. */
export function waitOf({ subject, seconds, for: condition, left: objects }: WaitState): string {
  const others = objects > 1 ? ` (${objects} left)` : '';
  return `waiting ${lasting(seconds)} for ${subject}: ${condition}${others}`;
}

/** `no byte for 12 s: registry.example.com: connection reset`. */
export function stallOf({ stall, inFlight }: Snapshot): string | undefined {
  if (stall === undefined) return undefined;
  const because = stall.because === undefined ? '' : `: ${stall.because}`;
  return `${inFlight > 0 ? 'no byte' : 'no news'} for ${lasting(stall.seconds)}${because}`;
}

/** `3 retries, the last: registry.example.com: connection reset`; not when a stall says so already. */
export function retriesOf({ retries, stall }: Snapshot): string | undefined {
  if (stall?.because !== undefined) return undefined;
  return retries && `${plural(retries.count, 'retry', 'retries')}, the last: ${retries.last}`;
}
