import { stripVTControlCharacters } from 'node:util';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The power of 1024 in which a number of bytes is shown. */
function unitOf(bytes: number): number {
  let unit = 0;
  // 1023.95 would round to 1024.0 of the smaller unit.
  for (let rest = bytes; rest >= (unit === 0 ? 1024 : 1023.95) && unit < UNITS.length - 1; rest /= 1024)
    unit++;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  return unit === 0 ? String(Math.round(bytes)) : (bytes / 1024 ** unit).toFixed(1);
}

/** `512 B`, `1.5 KiB`, `9.8 GiB`. */
export function size(bytes: number): string {
  const unit = unitOf(bytes);
  return `${inUnit(bytes, unit)} ${UNITS[unit]}`;
}

/** Two sizes with one unit, that of the whole: `4.2 of 9.8 GiB`. */
export function sizeOf(bytes: number, total: number): string {
  const unit = unitOf(total);
  return `${inUnit(bytes, unit)} of ${size(total)}`;
}

/** `88.1 MiB/s`. */
export function rate(bytesPerSecond: number): string {
  return `${size(bytesPerSecond)}/s`;
}

/** `3,482`, of a whole number; languages are not loaded for that. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 image`, `3,482 images`; irregular plurals are given. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `0.3 s`, `42 s`, `1 m 05 s`, `2 h 04 m`, `3 d 02 h`: two units at most. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return twoUnits(whole, MINUTE, 'm', 1, 's');
  if (whole < DAY) return twoUnits(whole, HOUR, 'h', MINUTE, 'm');
  return twoUnits(whole, DAY, 'd', HOUR, 'h');
}

function twoUnits(
  seconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const rest = String(Math.floor((seconds % large) / small)).padStart(2, '0');
  return `${Math.floor(seconds / large)} ${largeName} ${rest} ${smallName}`;
}

/** How long something has lasted, calm enough to stand in a live view: whole seconds. */
export function lasting(seconds: number): string {
  return seconds < 10 ? `${Math.floor(Math.max(0, seconds))} s` : duration(Math.floor(seconds));
}

/**
 * What is left, as roughly as it is known: `a few seconds left`, `40 s left`, `about 3 min left`, `about 2 h 30 min
 * left`.
 */
export function left(seconds: number): string {
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.ceil(seconds / MINUTE - 0.25);
  if (minutes < 60) return `about ${Math.max(1, minutes)} min left`;
  const [hours, rest] = [Math.floor(minutes / 60), Math.floor((minutes % 60) / 10) * 10];
  return `about ${hours} h${rest === 0 ? '' : ` ${rest} min`} left`;
}

/** The age of a point in time: `just now`, `5 minutes ago`, `3 days ago`, `2 years ago`. */
export function age(then: Date, now: Date): string {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (seconds < MINUTE) return seconds < -MINUTE ? 'in the future' : 'just now';
  if (seconds < HOUR) return `${plural(Math.floor(seconds / MINUTE), 'minute')} ago`;
  if (seconds < 2 * DAY) return `${plural(Math.floor(seconds / HOUR), 'hour')} ago`;
  if (seconds < 730 * DAY) return `${plural(Math.floor(seconds / DAY), 'day')} ago`;
  return `${plural(Math.floor(seconds / (365 * DAY)), 'year')} ago`;
}

// Terminal controls and the marks that reorder text: what a name from a hostile server would use.
const CONTROLS = /[\p{Cc}\p{Bidi_Control}]+/gu;

/** Foreign text as one harmless line: no escape sequences, no line breaks, no reordering marks. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, ' ').replace(/ {2,}/g, ' ').trim();
}

/** A list that people can take in: `a, b, c and 4 more`. */
export function some(items: readonly string[], shown: number): string {
  if (items.length <= shown) return items.join(', ');
  return `${items.slice(0, shown).join(', ')} and ${count(items.length - shown)} more`;
}
