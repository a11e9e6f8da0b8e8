import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget, ChunkQueue } from '../../src/base/queue.ts';

const LIMIT = 100;

describe('a budget of bytes', () => {
  it('is never exceeded, and gives out everything in order', async () => {
    const sizes = fc.array(fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 12 }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async producers => {
        const budget = new ByteBudget(LIMIT);
        let held = 0;
        let most = 0;
        const received = await Promise.all(
          producers.map(async chunks => {
            const queue = new ChunkQueue(budget);
            const consumed: number[] = [];
            const consume = (async () => {
              for await (const chunk of queue) {
                consumed.push(chunk.length);
                await new Promise(setImmediate);
                held -= Math.min(chunk.length, LIMIT);
              }
            })();
            for (const size of chunks) {
              await queue.push(Buffer.alloc(size));
              held += Math.min(size, LIMIT);
              most = Math.max(most, held);
            }
            queue.end();
            await consume;
            return consumed;
          }),
        );
        expect(received).toEqual(producers);
        expect(most).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 60 },
    );
  });

  it('is given back by a consumer that gives up, so that its producer can go on', async () => {
    const budget = new ByteBudget(LIMIT);
    const queue = new ChunkQueue(budget);
    await queue.push(Buffer.alloc(LIMIT));
    const blocked = queue.push(Buffer.alloc(10));
    queue.abandon();
    await blocked;
    await queue.push(Buffer.alloc(LIMIT * 3));
    const other = new ChunkQueue(budget);
    await other.push(Buffer.alloc(LIMIT));
  });

  it('gives each chunk back once, and none that its consumer may still hold', async () => {
    const HOLDS = 30;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 }),
        fc.nat(40),
        async (sizes, enough) => {
          const back: Buffer[] = [];
          const queue = new ChunkQueue(new ByteBudget(LIMIT), HOLDS, chunk => back.push(chunk));
          const chunks = sizes.map(size => Buffer.alloc(size));
          const taken: Buffer[] = [];
          const consume = (async () => {
            for await (const chunk of queue) {
              taken.push(chunk);
              let held = 0;
              for (const one of [...taken].reverse()) {
                held += one.length;
                if (held <= HOLDS) expect(back).not.toContain(one);
              }
              if (taken.length > enough) break;
            }
            queue.abandon();
          })();
          for (const chunk of chunks) await queue.push(chunk);
          queue.end();
          await consume;
          expect(new Set(back)).toEqual(new Set(chunks));
          expect(back).toHaveLength(chunks.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('hands an error of the producer to the consumer, behind what came before it', async () => {
    const queue = new ChunkQueue(new ByteBudget(LIMIT));
    await queue.push(Buffer.from('abc'));
    queue.end(new Error('the archive ends here'));
    const seen: string[] = [];
    const read = (async () => {
      for await (const chunk of queue) seen.push(chunk.toString());
    })();
    await expect(read).rejects.toThrow('the archive ends here');
    expect(seen).toEqual(['abc']);
  });
});
