import { Box, Static, useIsScreenReaderEnabled } from 'ink';
import type { Snapshot } from '../progress/snapshot.ts';
import { FinishedLine } from './finished-line.tsx';
import { layoutOf, type Room, widthOf } from './layout.ts';
import { Overall } from './overall.tsx';
import { PhaseLine } from './phase-line.tsx';
import { Spoken } from './spoken.tsx';
import { useSymbols } from './theme.tsx';
import { TransferList } from './transfer-list.tsx';
import { hasTrouble, Trouble } from './trouble.tsx';
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
  const layout = layoutOf(snapshot, room, useSymbols().separator);
  const { width } = layout;
  const air = layout.spaced ? 1 : 0;
  const hasWave = snapshot.wave !== undefined || layout.waits > 0;
  return (
    <Box flexDirection="column" width={width} marginTop={snapshot.milestones.length > 0 ? air : 0}>
      <PhaseLine snapshot={snapshot} width={width} />
      <Overall snapshot={snapshot} layout={layout} />
      {layout.transfers > 0 && (
        <Box flexDirection="column" marginTop={air}>
          <TransferList snapshot={snapshot} layout={layout} />
        </Box>
      )}
      {hasWave && (
        <Box marginTop={air}>
          <WavePart snapshot={snapshot} layout={layout} />
        </Box>
      )}
      <Box marginTop={hasTrouble(snapshot) ? air : 0}>
        <Trouble snapshot={snapshot} width={width} />
      </Box>
    </Box>
  );
}
