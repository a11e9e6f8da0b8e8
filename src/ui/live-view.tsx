import { stripVTControlCharacters } from 'node:util';
import chalk from 'chalk';
import { render, renderToString, useWindowSize } from 'ink';
import { useSyncExternalStore } from 'react';
import type { Snapshot } from '../progress/snapshot.ts';
import { colorLevel } from './color.ts';
import type { Desk } from './desk.ts';
import { Live, Now } from './live.tsx';
import { eraseRows, reflows, rowsGained } from './reflow.ts';
import { SnapshotStore } from './snapshot-store.ts';
import { type Symbols, symbolsFor } from './symbols.ts';
import { SymbolsProvider } from './theme.tsx';

/** How often the view looks, milliseconds; a screen reader reads every change aloud, so there it looks seldom. */
const INTERVAL = 100;
const SPOKEN_INTERVAL = 10_000;

/** A run at one moment, and the person in front of it. */
type Watched = Snapshot & { readonly desk: Desk };

export interface LiveViewOptions {
  sample: () => Watched;
  /** The terminal. */
  stream: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
}

export interface LiveViewHandle {
  /** Looks again at once: a key was pressed. */
  refresh(): void;
  /** Shows the last state, takes the live part away and gives the terminal back as it was. */
  close(): Promise<void>;
}

/** Opens the live view on a terminal. It takes no keys: whoever opens it hands over what those have come to. */
export function openLiveView({ sample, stream, env }: LiveViewOptions): LiveViewHandle {
  const isSpoken = env.INK_SCREEN_READER === 'true';
  chalk.level = colorLevel(env);
  const store = new SnapshotStore(sample, isSpoken ? SPOKEN_INTERVAL : INTERVAL);
  const forget = isSpoken || !reflows(env) ? () => {} : eraseReflowed(store, stream, symbolsFor(env));
  const instance = render(
    <SymbolsProvider value={symbolsFor(env)}>
      <LiveView store={store} />
    </SymbolsProvider>,
    {
      stdout: stream,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
      incrementalRendering: true,
      maxFps: 1000 / INTERVAL,
      isScreenReaderEnabled: isSpoken,
    },
  );
  return {
    refresh: () => store.refresh(),
    async close() {
      store.close();
      forget();
      store.refresh();
      await instance.waitUntilRenderFlush();
      instance.unmount();
      await instance.waitUntilExit();
    },
  };
}

function LiveView({ store }: { store: SnapshotStore<Watched> }) {
  const snapshot = useSyncExternalStore(store.subscribe, store.get);
  return <Live snapshot={snapshot} desk={snapshot.desk} room={useWindowSize()} />;
}

/**
 * Ink erases as many rows as it has drawn. What a terminal that became narrower has broken into more is erased here,
 * before Ink draws anew. What it has scrolled out of sight on the way stays there.
 * @returns what ends it
 */
function eraseReflowed(
  store: SnapshotStore<Watched>,
  stream: NodeJS.WriteStream,
  symbols: Symbols,
): () => void {
  let room = { columns: stream.columns, rows: stream.rows };
  const onResize = () => {
    const before = room;
    room = { columns: stream.columns, rows: stream.rows };
    const snapshot = store.get();
    if (room.columns >= before.columns || snapshot.ending !== undefined) return;
    const drawn = renderToString(
      <SymbolsProvider value={symbols}>
        <Now snapshot={snapshot} desk={snapshot.desk} room={before} />
      </SymbolsProvider>,
      { columns: before.columns },
    );
    const lines = stripVTControlCharacters(drawn).split('\n');
    stream.write(eraseRows(rowsGained(lines, room.columns)));
  };
  stream.prependListener('resize', onResize);
  return () => void stream.off('resize', onResize);
}
