import { Box, Text } from 'ink';
import { percentOf } from '../progress/describe.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import { Bar } from './bar.tsx';
import type { Layout } from './layout.ts';

/** `100 %` with a space before it. */
const PERCENT = 6;

/** The whole run: a bar once there is a plan, and the figures under it. */
export function Overall({ snapshot, layout }: { snapshot: Snapshot; layout: Layout }) {
  const { fraction } = snapshot;
  const { width, figures } = layout;
  return (
    <Box flexDirection="column" width={width}>
      {fraction !== undefined && (
        <Box>
          <Bar fraction={fraction} width={width - PERCENT} />
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
