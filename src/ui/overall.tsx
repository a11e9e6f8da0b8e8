import { Box, Text } from 'ink';
import { figuresOf, percentOf } from '../progress/describe.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import { Bar } from './bar.tsx';
import { useSymbols } from './theme.tsx';

/** `100 %` with a space before it. */
const PERCENT = 6;

/** The whole run: a bar once there is a plan, and the figures under it. */
export function Overall({ snapshot, width }: { snapshot: Snapshot; width: number }) {
  const { separator } = useSymbols();
  const { fraction } = snapshot;
  const figures = figuresOf(snapshot);
  return (
    <Box flexDirection="column" width={width}>
      {fraction !== undefined && (
        <Box>
          <Bar fraction={fraction} width={width - PERCENT} />
          <Text bold>{(percentOf(snapshot) ?? '').padStart(PERCENT)}</Text>
        </Box>
      )}
      {figures.length > 0 && <Text wrap="truncate">{figures.join(` ${separator} `)}</Text>}
    </Box>
  );
}
