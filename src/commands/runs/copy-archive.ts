import type { BackupId, Sink } from '../../archive/sink.ts';
import type { Feed } from '../../archive/source.ts';
import type { Flow } from '../../base/flow.ts';
import { READ_BYTES } from '../../base/limits.ts';
import type { RunContext } from './run.ts';

interface Copy extends RunContext {
  /** As the progress names it. */
  readonly file: string;
  readonly id: BackupId;
  /** Lets a person pause it: a medium may be wanted for something else. */
  readonly flow: Flow;
}

/** Passes the bytes of an archive on as they are; returns how many. When anything fails nothing is left behind. */
export async function copyArchive(feed: Feed, sink: Sink, copy: Copy): Promise<number> {
  const { file, id, flow, report, signal } = copy;
  const { size } = feed;
  report({ type: 'phase', phase: 'write' });
  try {
    if (size !== undefined) {
      await sink.expect(size, id);
      report({ type: 'planned', bytes: size, blobs: 1, objects: 0, images: 0, waves: 0 });
      report({ type: 'blob-started', digest: file, bytes: size, for: file });
    }
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (;;) {
      await flow.turn(signal);
      signal.throwIfAborted();
      const piece = await feed.pull(buffer);
      if (piece === undefined) break;
      await sink.write([piece]);
      if (size !== undefined) report({ type: 'blob-progress', digest: file, bytes: sink.position });
    }
    await sink.commit();
    report({ type: 'blob-done', digest: file, bytes: sink.position, how: 'moved' });
    report({ type: 'phase', phase: 'finish' });
    return sink.position;
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    await feed.close();
  }
}
