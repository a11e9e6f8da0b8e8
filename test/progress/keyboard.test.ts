import { describe, expect, it } from 'vitest';
import { inForeground } from '../../src/progress/foreground.ts';
import { keysOf } from '../../src/progress/keyboard.ts';

describe('keys that arrive at once', () => {
  it.each([
    ['pp+', ['p', 'p', '+']],
    ['\u0003q', ['\u0003', 'q']],
    // Cursor keys, F1, Alt-q, a paste and a mouse: letters that are not meant.
    ['\u001b[A\u001bOPq', ['\u001b[A', '\u001bOP', 'q']],
    ['\u001bq', ['\u001bq']],
    ['\u001b[200~l\u001b[201~', ['\u001b[200~', 'l', '\u001b[201~']],
    ['\u001b[<35;12;7M', ['\u001b[<35;12;7M']],
    ['\u001b', ['\u001b']],
    ['🚀?', ['🚀', '?']],
  ])('%j are taken one by one', (text, keys) => {
    expect(keysOf(text)).toEqual(keys);
  });
});

describe('a process', () => {
  it.each([
    ['is in front', '71 (node) S 60 71 60 34816 71 4194304', true],
    ['is in the background', '71 (node) S 60 71 60 34816 60 4194304', false],
    ['has no terminal', '71 (node) S 60 71 60 0 -1 4194304', true],
    ['has a strange name', '71 (a) b (c) S 60 71 60 34816 60 4194304', false],
  ])('%s', (_, stat, front) => {
    expect(inForeground(stat)).toBe(front);
  });
});
