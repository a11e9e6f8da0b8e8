import { Box, Text } from 'ink';
import { waveOf } from '../progress/describe.ts';
import { count, lasting } from '../progress/format.ts';
import type { Snapshot, WaitState } from '../progress/snapshot.ts';
import { columnsOf, cutMiddle } from '../progress/text.ts';
import type { Layout } from './layout.ts';
import { useSymbols } from './theme.tsx';

const GAP = 2;
/** Below so many columns the sign alone says that it is a wait. */
const WIDE = 60;
/** Columns of a name that still says something. */
const LEAST_NAME = 12;

/** The wave that is being written, and what it stands still for in the controllers' own words. */
export function WavePart({ snapshot, layout }: { snapshot: Snapshot; layout: Layout }) {
  return (
    <Box flexDirection="column" width={layout.width}>
      {layout.wave && <WaveName text={waveOf(snapshot) ?? ''} />}
      {layout.waits.map(wait => (
        <WaitPart key={wait.subject} wait={wait} width={layout.width} />
      ))}
    </Box>
  );
}

/** `wave 4 of 9` stands out as what is waited for does. */
function WaveName({ text }: { text: string }) {
  const end = text.indexOf(':') + 1;
  return (
    <Text wrap="truncate">
      <Text bold>{text.slice(0, end)}</Text>
      {text.slice(end)}
    </Text>
  );
}

function WaitPart({ wait, width }: { wait: WaitState; width: number }) {
  const { waiting } = useSymbols();
  const lead = width < WIDE ? `${waiting} ` : `${waiting} waiting for `;
  const time = `${wait.left > 1 ? `${count(wait.left)} left  ` : ''}${lasting(wait.seconds)}`;
  const condition = `: ${wait.for}`;
  const room = width - GAP - columnsOf(lead + condition + time);
  return (
    <Box flexDirection="column" width={width}>
      <Box justifyContent="space-between">
        <Text wrap="truncate">
          <Text bold>{lead}</Text>
          {cutMiddle(wait.subject, Math.max(LEAST_NAME, room)) + condition}
        </Text>
        <Box flexShrink={0} marginLeft={GAP}>
          <Text dimColor>{time}</Text>
        </Box>
      </Box>
      {wait.message !== '' && <Text wrap="truncate" dimColor>{`  ${wait.message}`}</Text>}
    </Box>
  );
}
