import { Box, Text } from 'ink';
import { waveOf } from '../progress/describe.ts';
import { count, lasting } from '../progress/format.ts';
import type { Snapshot, WaitState } from '../progress/snapshot.ts';
import type { Layout } from './layout.ts';
import { useSymbols } from './theme.tsx';

/** The wave that is being written, and what it stands still for in the controllers' own words. */
export function WavePart({ snapshot, layout }: { snapshot: Snapshot; layout: Layout }) {
  return (
    <Box flexDirection="column" width={layout.width}>
      {layout.wave && <Text wrap="truncate">{waveOf(snapshot)}</Text>}
      {layout.waits.map(wait => (
        <WaitPart key={wait.subject} wait={wait} width={layout.width} />
      ))}
    </Box>
  );
}

function WaitPart({ wait, width }: { wait: WaitState; width: number }) {
  const { waiting } = useSymbols();
  const others = wait.left > 1 ? `${count(wait.left)} left  ` : '';
  return (
    <Box flexDirection="column" width={width}>
      <Box justifyContent="space-between">
        <Text wrap="truncate">
          <Text bold>{`${waiting} waiting for `}</Text>
          {`${wait.subject}: ${wait.for}`}
        </Text>
        <Box flexShrink={0} marginLeft={2}>
          <Text dimColor>{`${others}${lasting(wait.seconds)}`}</Text>
        </Box>
      </Box>
      {wait.message !== '' && <Text wrap="truncate" dimColor>{`  ${wait.message}`}</Text>}
    </Box>
  );
}
