import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choiceOf,
  chosenOf,
  everything,
  type Node,
  rowsOf,
  scopeOf,
  ticksOf,
  toggle,
  treeOf,
} from '../../../src/ui/wizard/choice.ts';
import { BRANCHES } from './fixtures.ts';

const ROOT = treeOf(BRANCHES, { objects: 0, bytes: 0 });
const all = (node: Node): Node[] => [node, ...node.children.flatMap(all)];
const NODES = all(ROOT);
const node = (name: string) => NODES.find(one => one.name === name) ?? ROOT;
const ticks = (choice: ReadonlySet<Node>) => {
  const tick = ticksOf(choice);
  return Object.fromEntries(NODES.map(one => [one.name, tick(one)]));
};

describe('a choice in a tree', () => {
  it('leaves one out of all, and is all again when that is taken back', () => {
    const without = toggle(everything(ROOT), node('ledger'));
    expect(ticks(without)).toMatchObject({
      ...{ everything: 'some', installation: 'all', payments: 'some', production: 'some' },
      ...{ checkout: 'all', ledger: 'none', staging: 'all', retail: 'all' },
    });
    expect(toggle(without, node('ledger'))).toEqual(everything(ROOT));
  });

  it('is said by the names that flags take', () => {
    const some = [node('retail'), node('staging'), node('checkout')].reduce(toggle, new Set<Node>());
    expect(chosenOf(some, ROOT)).toEqual({
      orgs: ['retail'],
      spaces: ['payments/staging'],
      apps: ['payments/production/checkout'],
      installation: undefined,
    });
    const noInstallation = toggle(everything(ROOT), node('installation'));
    expect(chosenOf(noInstallation, ROOT)).toEqual({ orgs: [], spaces: [], apps: [], installation: false });
    expect(chosenOf(new Set([node('installation')]), ROOT)).toMatchObject({ installation: true, orgs: [] });
    expect(chosenOf(new Set([node('installation'), node('retail')]), ROOT)).toMatchObject({
      installation: true,
      orgs: ['retail'],
    });
  });

  it('says by GUID what would be a pattern or a path', () => {
    const odd = treeOf([{ ...(BRANCHES[2] ?? BRANCHES[0]), name: 'a*/b' } as never], {
      objects: 0,
      bytes: 0,
    });
    expect(chosenOf(new Set([odd.children[0] ?? odd, ...(odd.children.slice(1) ?? [])]), odd)).toMatchObject({
      installation: false,
    });
    const [org] = odd.children;
    expect([org?.path, org?.children[0]?.path]).toEqual(['guid-retail', 'guid-retail/shop']);
  });

  it('is what people expect of boxes, whatever they press', () => {
    const presses = fc.array(fc.constantFrom(...NODES), { maxLength: 30 });
    fc.assert(
      fc.property(presses, nodes => {
        let choice: ReadonlySet<Node> = everything(ROOT);
        for (const pressed of nodes) {
          const before = ticksOf(choice)(pressed);
          choice = toggle(choice, pressed);
          expect(ticksOf(choice)(pressed)).toBe(before === 'all' ? 'none' : 'all');
        }
        const tick = ticksOf(choice);
        for (const one of NODES.filter(({ children }) => children.length > 0)) {
          const below = one.children.map(tick);
          const expected = below.every(of => of === 'all')
            ? 'all'
            : below.every(of => of === 'none')
              ? 'none'
              : 'some';
          expect(tick(one)).toBe(expected);
        }
        // Saying it and hearing it again is the same choice.
        expect(choiceOf(scopeOf(choice, ROOT), ROOT)).toEqual(choice);
      }),
    );
  });
});

describe('the rows of a tree', () => {
  it('are those of open branches', () => {
    expect(rowsOf(ROOT, new Set([ROOT]), '').map(({ name }) => name)).toEqual([
      ...['everything', 'installation', 'payments', 'retail'],
    ]);
  });

  it('are those that a filter finds, with what they are in', () => {
    expect(rowsOf(ROOT, new Set([ROOT]), 'CAR').map(({ name }) => name)).toEqual([
      ...['everything', 'retail', 'shop', 'cart'],
    ]);
    expect(
      rowsOf(ROOT, new Set(), '🚀')
        .map(({ name }) => name)
        .at(-1),
    ).toBe('注文サービス-🚀');
    expect(rowsOf(ROOT, new Set(), 'nothing of that name')).toEqual([]);
  });
});
