import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/base/digest.ts';
import { Failure } from '../../../src/base/errors.ts';
import type { Descriptor } from '../../../src/registry/descriptor.ts';
import type { SandboxRegistry } from '../../../src/sandbox/registry/server.ts';
import { type Fault, faulty } from '../../faults/registry.ts';
import { cosignTag, pusher } from '../../registry/artifacts.ts';
import { client, registry } from '../../registry/setting.ts';
import { exportImages, restoreImages } from './move-images.ts';

/** One manifest of a graph; numbers choose among the manifests before it, so that there are no cycles. */
interface Node {
  readonly layers: readonly number[];
  /** An index over these; an image without any. */
  readonly children: readonly number[];
  readonly subject: number | undefined;
  /** How it is found by what it is attached to, besides its subject. */
  readonly cosign: 'sig' | 'att' | 'sbom' | undefined;
  /** Whether a resource names it. */
  readonly named: boolean;
}

const nodes = fc.array(
  fc.record<Node>({
    layers: fc.array(fc.nat(5), { maxLength: 3 }),
    children: fc.array(fc.nat(7), { maxLength: 3 }),
    subject: fc.option(fc.nat(7), { nil: undefined }),
    cosign: fc.option(fc.constantFrom('sig', 'att', 'sbom'), { nil: undefined }),
    named: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Pushes a graph; the manifests that must survive are those that a named one leads to, by any way. */
async function push(graph: readonly Node[], { image, index }: ReturnType<typeof pusher>) {
  const pushed: Descriptor[] = [];
  const leadsTo = new Map<string, Set<string>>();
  const link = (from: Descriptor, to: Descriptor) =>
    leadsTo.set(from.digest, (leadsTo.get(from.digest) ?? new Set()).add(to.digest));
  const named: Descriptor[] = [];
  const tags = new Map<string, { subject: string; digest: string }>();
  for (const [at, node] of graph.entries()) {
    const before = (number: number) => (at === 0 ? undefined : pushed[number % at]);
    const children = node.children.flatMap(number => before(number) ?? []);
    const subject = node.subject === undefined ? undefined : before(node.subject);
    const tag = subject && node.cosign && cosignTag(subject, node.cosign);
    const descriptor =
      children.length > 0
        ? await index(children, { subject, tag })
        : await image({ layers: node.layers.map(layer => `layer ${layer}`), subject, tag });
    pushed.push(descriptor);
    for (const child of children) link(descriptor, child);
    if (subject !== undefined) link(subject, descriptor);
    if (subject && tag) tags.set(tag, { subject: subject.digest, digest: descriptor.digest });
    if (node.named) named.push(descriptor);
  }
  return {
    named,
    tags,
    survivors: reach(
      named.map(({ digest }) => digest),
      leadsTo,
    ),
  };
}

function reach(from: readonly string[], leadsTo: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set(from);
  // A set that grows while it is walked is walked to its end.
  for (const digest of reached) for (const next of leadsTo.get(digest) ?? []) reached.add(next);
  return reached;
}

function tagged(manifest: Buffer | undefined): string | undefined {
  return manifest && digestOf(manifest);
}

/** Moves such a graph from one registry to the other, each under a path of its own. */
function mover(from: SandboxRegistry, to: SandboxRegistry, { registries }: ReturnType<typeof client>) {
  let run = 0;
  return async (graph: readonly Node[]) => {
    const path = `graph-${++run}`;
    const { named, tags, survivors } = await push(graph, pusher(registries, from.host, path));
    const references = [...new Set(named.map(({ digest }) => `${from.host}/${path}@${digest}`))];
    return {
      ...{ path, tags, survivors, references },
      missing: () => [...survivors].filter(digest => !to.has(path, digest)),
      async move() {
        const { plan, archive } = await exportImages(references, registries);
        const refused = await restoreImages(archive, registries, [{ from: from.host, to: to.host }]);
        return { ...plan, losses: [...plan.losses, ...refused] };
      },
    };
  };
}

describe('any graph of indexes, images, and what is attached to them, over shared layers', () => {
  it.each([
    [100, 0],
    [0, 1],
    [0, 0],
  ])(
    'survives with the same digests (referrers a page: %i there, %i here)',
    async (there, here) => {
      const [from, to] = [await registry({ referrersPage: there }), await registry({ referrersPage: here })];
      const ours = client();
      const pushed = mover(from, to, ours);
      await fc.assert(
        fc.asyncProperty(nodes, async graph => {
          const { path, tags, survivors, references, missing, move } = await pushed(graph);
          const plan = await move();
          expect(plan.losses).toEqual([]);
          expect(missing()).toEqual([]);
          // Of a signature without what it signs only the content is there.
          for (const [tag, { subject, digest }] of tags) {
            if (survivors.has(subject)) expect([tag, tagged(to.manifest(path, tag))]).toEqual([tag, digest]);
          }
          const again = await exportImages(
            references.map(reference => reference.replace(from.host, to.host)),
            ours.registries,
          );
          const contents = (images: typeof plan.images) =>
            images.map(({ digest, attachedTo, tag }) => ({ digest, attachedTo, tag }));
          expect(contents(again.plan.images)).toEqual(contents(plan.images));
          expect(again.plan.layers.map(({ digest }) => digest)).toEqual(
            plan.layers.map(({ digest }) => digest),
          );
        }),
        { numRuns: 8 },
      );
    },
    60_000,
  );
});

/** What a client has to live with: it happens to one request, whichever that is, and all is well again. */
const PASSING: readonly Fault[] = [
  ...[-1, 0, 1, 40].map(after => ({ kind: 'reset', after }) as const),
  ...[-1, 1, 40].map(after => ({ kind: 'truncate', after }) as const),
  ...[429, 500, 502, 503, 504].map(status => ({ kind: 'status', status }) as const),
  ...[0, 3].map(after => ({ kind: 'reset-request', after }) as const),
  { kind: 'lose-answer' },
  { kind: 'overlong' },
  { kind: 'chunked' },
  { kind: 'drip', bytes: 7, delayMs: 1 },
  { kind: 'refuse-mount' },
];
/** What may cost an image, or the run, but never a byte. */
const FINAL: readonly Fault[] = [
  { kind: 'wrong-bytes' },
  ...[400, 401, 403, 404, 405].map(status => ({ kind: 'status', status }) as const),
];

/** Runs of each property; more of them in a long run. */
const RUNS = Number(process.env.ASA_GRAPH_RUNS ?? 25);

describe('any such graph, and one fault in any request to either registry', () => {
  const setting = async () => {
    const strikes = { from: faulty(), to: faulty() };
    const from = await registry({ intercept: (...exchange) => strikes.from(...exchange) });
    const to = await registry({ intercept: (...exchange) => strikes.to(...exchange) });
    /** The fault strikes the request of this number, counted from the next. */
    const strike = (side: 'from' | 'to', fault: Fault, number: number) => {
      const fall = faulty({ ...fault, times: 1 });
      let left = number;
      strikes[side] = (...exchange) => left-- === 0 && fall(...exchange);
    };
    return { pushed: mover(from, to, client()), strike };
  };
  const strikeAt = fc.record({ side: fc.constantFrom('from', 'to'), number: fc.nat(40) } as const);

  it(
    'survives with the same digests when it may pass',
    async () => {
      const { pushed, strike } = await setting();
      await fc.assert(
        fc.asyncProperty(
          nodes,
          strikeAt,
          fc.constantFrom(...PASSING),
          async (graph, { side, number }, fault) => {
            const { missing, move } = await pushed(graph);
            strike(side, fault, number);
            expect((await move()).losses).toEqual([]);
            strike(side, fault, Number.POSITIVE_INFINITY);
            expect(missing()).toEqual([]);
          },
        ),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 200,
  );

  it(
    'is right, or fails by name, when it will not; and the next run is right',
    async () => {
      const { pushed, strike } = await setting();
      await fc.assert(
        fc.asyncProperty(
          nodes,
          strikeAt,
          fc.constantFrom(...FINAL),
          async (graph, { side, number }, fault) => {
            const { missing, move } = await pushed(graph);
            const losses = async () => (await move()).losses;
            strike(side, fault, number);
            const outcome = await losses().catch(error => error);
            strike(side, fault, Number.POSITIVE_INFINITY);
            if (Array.isArray(outcome)) expect(outcome.length > 0 || missing().length === 0).toBe(true);
            else expect(outcome).toBeInstanceOf(Failure);
            expect(await losses()).toEqual([]);
            expect(missing()).toEqual([]);
          },
        ),
        { numRuns: RUNS },
      );
    },
    60_000 + RUNS * 200,
  );
});
