import { describe, expect, it } from 'vitest';
import { committed, render } from '../../scripts/docs.ts';

describe('docs/what-is-backed-up.md', () => {
  it('is what the catalog says; else run `npm run docs`', () => {
    expect(committed()).toBe(render());
  });
});
