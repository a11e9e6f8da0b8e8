import { Box, Static, useIsScreenReaderEnabled } from 'ink';
import type { Snapshot } from '../progress/snapshot.ts';
import type { Desk } from './desk.ts';
import { FinishedLine } from './finished-line.tsx';
import { layoutOf, type Room, widthOf } from './layout.ts';
import { Lines } from './lines.tsx';
import { Notices } from './notices.tsx';
import { Overall } from './overall.tsx';
import { PhaseLine } from './phase-line.tsx';
import { Spoken } from './spoken.tsx';
import { useSymbols } from './theme.tsx';
import { TransferList } from './transfer-list.tsx';
import { Trouble } from './trouble.tsx';
import { WavePart } from './wave-part.tsx';

interface LiveProps {
  readonly snapshot: Snapshot;
  readonly desk: Desk;
  readonly room: Room;
}

/** A snapshot as people see it: what is over scrolls away above, what is under way stays below until the end. */
export function Live({ snapshot, desk, room }: LiveProps) {
  const isSpoken = useIsScreenReaderEnabled();
  return (
    <>
      <Static items={[...snapshot.milestones]}>
        {(milestone, index) => (
          <FinishedLine key={index} milestone={milestone} width={widthOf(room.columns)} />
        )}
      </Static>
      {snapshot.ending === undefined &&
        (isSpoken ? <Spoken {...{ snapshot, desk }} /> : <Now {...{ snapshot, desk, room }} />)}
    </>
  );
}

/** What is under way. */
export function Now({ snapshot, desk, room }: LiveProps) {
  const layout = layoutOf(snapshot, desk, room, ` ${useSymbols().separator} `);
  const air = layout.spaced ? 1 : 0;
  return (
    // A terminal that becomes narrower is drawn on once before its size is known here: no line may be too wide then.
    <Box flexDirection="column" overflow="hidden" marginTop={snapshot.milestones.length > 0 ? air : 0}>
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
      {layout.panel !== undefined && (
        <Box marginTop={air}>
          <Lines lines={layout.panel} width={layout.width} />
        </Box>
      )}
      {layout.notices.length > 0 && (
        <Box marginTop={air}>
          <Notices layout={layout} />
        </Box>
      )}
      {layout.hint !== undefined && (
        <Box marginTop={layout.notices.length > 0 ? 0 : air}>
          <Lines lines={[layout.hint]} width={layout.width} dim />
        </Box>
      )}
    </Box>
  );
}
