import type { Sink } from './sink.ts';

/** A read or write that takes longer than this is told of. Milliseconds. */
const LONG = 2_000;

/** Told when a read or write of a medium has taken long, and when it is over at last. */
export type OnHeld = (isHeld: boolean) => void;

/** Waits for a read or write, and tells when that takes long. */
export async function watched<T>(work: Promise<T>, onHeld: OnHeld | undefined): Promise<T> {
  if (onHeld === undefined) return work;
  let isHeld = false;
  const timer = setTimeout(() => {
    isHeld = true;
    onHeld(true);
  }, LONG);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (isHeld) onHeld(false);
  }
}

/** A sink that tells when its medium keeps writes waiting. */
export function watchedSink(sink: Sink, onHeld: OnHeld): Sink {
  return {
    get position() {
      return sink.position;
    },
    expect: (totalBytes, id) => sink.expect(totalBytes, id),
    write: chunks => watched(sink.write(chunks), onHeld),
    commit: () => watched(sink.commit(), onHeld),
    abort: keep => sink.abort(keep),
  };
}
