import { Box, Text } from 'ink';
import { percentOf } from '../progress/describe.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import { Bar } from './bar.tsx';
import type { Layout } from './layout.ts';

/** `100 %` with a space before it. */
const PERCENT = 6;

/** The whole run: a bar once there is a plan, and the figures under it. */
export function Overall({ snapshot, layout }: { snapshot: Snapshot; layout: Layout }) {
  const { width, bar, figures } = layout;
  return (
    <Box flexDirection="column" width={width}>
      {bar && (
        <Box>
          <Bar fraction={snapshot.fraction ?? 0} width={width - PERCENT} />
          <Text bold>{(percentOf(snapshot) ?? '').padStart(PERCENT)}</Text>
        </Box>
      )}
      {figures.map(line => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
