import { describe, expect, it } from 'vitest';
import { committed, render } from '../../scripts/docs.ts';
import { committedRole, renderRole } from '../../scripts/role.ts';

describe('docs/what-is-backed-up.md', () => {
  it('is what the catalog says; else run `npm run docs`', () => {
    expect(committed()).toBe(render());
  });
});

describe('docs/manifests/export-role.yaml', () => {
  it('is what the catalog says; else run `npm run docs`', () => {
    expect(committedRole()).toBe(renderRole());
  });
});
