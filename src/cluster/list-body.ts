import { type Fields, fieldsOf } from './shape.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [COMMA, COLON] = [0x2c, 0x3a];
const [BRACKET, BRACE] = [0x5b, 0x7b];
const [BRACKET_END, BRACE_END] = [0x5d, 0x7d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** Bytes of a string that are looked at one by one, which is quicker than to search where strings are short. */
const LOOKED_THROUGH = 64;
const ITEMS = Buffer.from('"items"');

/** A list of which only the frame has been parsed. */
export interface ListBody {
  /** The members of the list; `items` is empty where they are {@link places}. */
  readonly fields: Fields;
  /** Where each item begins and ends in the bytes, one pair after the other; undefined where they are in `fields`. */
  readonly places: readonly number[] | undefined;
  readonly bytes: Buffer;
}

/**
 * Parses a list but for its items, which are parsed one by one when they are wanted. Parsed together, hundreds of
 * objects and the text of all of them would outlive several collections of what is young, be moved each time, and wait
 * for a collection of all in the end.
 *
 * @throws SyntaxError as `JSON.parse`; what is wrong within an item is not found here.
 */
export function parseList(bytes: Buffer): ListBody {
  const found = itemsIn(bytes);
  const frame =
    found && fieldsOf(JSON.parse(bytes.toString('utf8', 0, found.start) + bytes.toString('utf8', found.end)));
  // An `items` that comes later is the one that counts.
  if (Array.isArray(frame?.items) && frame.items.length === 0)
    return { fields: frame, places: found?.places, bytes };
  return { fields: fieldsOf(JSON.parse(bytes.toString())), places: undefined, bytes };
}

/** The inside of the array `items` of a JSON object, and the objects in it; undefined for anything else. */
function itemsIn(json: Buffer): { start: number; end: number; places: number[] } | undefined {
  let at = spaceEnd(json, 0);
  if (json[at] !== BRACE) return undefined;
  for (;;) {
    const key = spaceEnd(json, at + 1);
    if (json[key] !== QUOTE) return undefined;
    const keyEnd = stringEnd(json, key);
    const colon = spaceEnd(json, keyEnd);
    if (json[colon] !== COLON) return undefined;
    const value = spaceEnd(json, colon + 1);
    const isItems = json.subarray(key, keyEnd).equals(ITEMS) && json[value] === BRACKET;
    if (isItems) return elementsIn(json, value + 1);
    at = spaceEnd(json, valueEnd(json, value));
    if (json[at] !== COMMA) return undefined;
  }
}

/** Objects, with commas between them, up to the end of their array. */
function elementsIn(json: Buffer, start: number) {
  const places: number[] = [];
  let at = spaceEnd(json, start);
  if (json[at] === BRACKET_END) return { start, end: at, places };
  for (;;) {
    if (json[at] !== BRACE) return undefined;
    const end = valueEnd(json, at);
    places.push(at, end);
    at = spaceEnd(json, end);
    if (json[at] === BRACKET_END) return { start, end: at, places };
    if (json[at] !== COMMA) return undefined;
    at = spaceEnd(json, at + 1);
  }
}

/** Behind a value: a string, something in brackets, or what stands up to the next comma or bracket. */
function valueEnd(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = stringEnd(json, at) - 1;
      if (depth === 0) return at + 1;
    } else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === BRACE_END || byte === BRACKET_END) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return json.length;
}

/** Behind the quote that ends a string. */
function stringEnd(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length) {
    const stop = Math.min(at + LOOKED_THROUGH, json.length);
    let isPlain = true;
    for (; at < stop; at++) {
      if (json[at] === QUOTE) return at + 1;
      if (json[at] !== BACKSLASH) continue;
      isPlain = false;
      at++;
    }
    if (isPlain) {
      const quote = nextQuote(json, at);
      if (!isEscaped(json, quote, at)) return quote + 1;
      at = quote + 1;
    }
  }
  return json.length;
}

function nextQuote(json: Buffer, from: number): number {
  const quote = json.indexOf(QUOTE, from);
  return quote < 0 ? json.length : quote;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(json: Buffer, at: number, from: number): boolean {
  let first = at;
  while (first > from && json[first - 1] === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

function spaceEnd(json: Buffer, start: number): number {
  let at = start;
  while (SPACES.has(json[at] ?? 0)) at++;
  return at;
}
