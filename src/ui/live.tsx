import { Box, Static, useIsScreenReaderEnabled } from 'ink';
import type { Snapshot } from '../progress/snapshot.ts';
import { FinishedLine } from './finished-line.tsx';
import { layoutOf, type Room, widthOf } from './layout.ts';
import { Overall } from './overall.tsx';
import { PhaseLine } from './phase-line.tsx';
import { Spoken } from './spoken.tsx';
import { useSymbols } from './theme.tsx';
import { TransferList } from './transfer-list.tsx';
import { Trouble } from './trouble.tsx';
import { WavePart } from './wave-part.tsx';

/** A snapshot as people see it: what is over scrolls away above, what is under way stays below until the end. */
export function Live({ snapshot, room }: { snapshot: Snapshot; room: Room }) {
  const isSpoken = useIsScreenReaderEnabled();
  return (
    <>
      <Static items={[...snapshot.milestones]}>
        {(milestone, index) => (
          <FinishedLine key={index} milestone={milestone} width={widthOf(room.columns)} />
        )}
      </Static>
      {snapshot.ending === undefined &&
        (isSpoken ? <Spoken snapshot={snapshot} /> : <Now {...{ snapshot, room }} />)}
    </>
  );
}

function Now({ snapshot, room }: { snapshot: Snapshot; room: Room }) {
  const layout = layoutOf(snapshot, room, ` ${useSymbols().separator} `);
  const air = layout.spaced ? 1 : 0;
  return (
    <Box flexDirection="column" marginTop={snapshot.milestones.length > 0 ? air : 0}>
      <PhaseLine snapshot={snapshot} width={layout.width} />
      <Overall snapshot={snapshot} layout={layout} />
      {layout.transfers.length > 0 && (
        <Box flexDirection="column" marginTop={air}>
          <TransferList layout={layout} />
        </Box>
      )}
      {(layout.wave || layout.waits.length > 0) && (
        <Box marginTop={air}>
          <WavePart snapshot={snapshot} layout={layout} />
        </Box>
      )}
      {(layout.stall || layout.trouble) && (
        <Box marginTop={air}>
          <Trouble snapshot={snapshot} layout={layout} />
        </Box>
      )}
    </Box>
  );
}
