import { describe, expect, it } from 'vitest';
import {
  age,
  count,
  duration,
  lasting,
  left,
  oneLine,
  plural,
  rate,
  size,
  sizeOf,
  some,
} from '../../src/progress/format.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [MiB - 1, '1.0 MiB'],
    [312.4 * MiB, '312.4 MiB'],
    [2048 * MiB, '2.0 GiB'],
    [5 * 1024 ** 5, '5.0 PiB'],
  ])('%d is %s', (bytes, text) => expect(size(bytes)).toBe(text));

  it('shares the unit of the whole', () => {
    expect(sizeOf(100 * MiB, 9.8 * 1024 * MiB)).toBe('0.1 of 9.8 GiB');
    expect(sizeOf(3, 900)).toBe('3 of 900 B');
  });

  it('of a speed', () => expect(rate(88.1 * MiB)).toBe('88.1 MiB/s'));
});

describe('times', () => {
  it.each([
    [0.04, '0.0 s'],
    [0.31, '0.3 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 m 00 s'],
    [65, '1 m 05 s'],
    [7440, '2 h 04 m'],
    [93_600, '1 d 02 h'],
  ])('%d s lasted %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('that still run change once a second', () => {
    expect([0.9, 1.1, 9.99, 61.9].map(lasting)).toEqual(['0 s', '1 s', '9 s', '1 m 01 s']);
  });

  it.each([
    [2, 'a few seconds left'],
    [12, '15 s left'],
    [54, '55 s left'],
    [58, 'about 1 min left'],
    [100, 'about 2 min left'],
    [3599, 'about 1 h left'],
    [9100, 'about 2 h 30 min left'],
  ])('with %d s to go: %s', (seconds, text) => expect(left(seconds)).toBe(text));

  it.each([
    ['2026-03-01T12:00:00Z', 'just now'],
    ['2026-03-01T11:55:00Z', '5 minutes ago'],
    ['2026-03-01T11:00:00Z', '1 hour ago'],
    ['2026-02-26T12:00:00Z', '3 days ago'],
    ['2023-03-01T12:00:00Z', '3 years ago'],
    ['2026-04-01T12:00:00Z', 'in the future'],
  ])('%s was %s', (then, text) => expect(age(new Date(then), new Date('2026-03-01T12:00:30Z'))).toBe(text));
});

describe('words', () => {
  it('follow their number', () => {
    expect(plural(1, 'image')).toBe('1 image');
    expect(plural(3482, 'retry', 'retries')).toBe('3,482 retries');
    expect(count(1_000_000)).toBe('1,000,000');
  });

  it('name some of many', () => {
    expect(some(['a', 'b'], 2)).toBe('a, b');
    expect(some(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });

  it('of strangers are harmless', () => {
    expect(oneLine('\u001b]0;title\u0007a\u001b[31mred\u001b[0m\tb\r\nc\u009bd\u202e')).not.toMatch(
      /[\p{Cc}\p{Bidi_Control}]/u,
    );
    expect(oneLine('emoji 👩‍👩‍👧 注文 größe')).toBe('emoji 👩‍👩‍👧 注文 größe');
  });
});
