import { Box, Text } from 'ink';
import { retriesOf, stallOf } from '../progress/describe.ts';
import { plural } from '../progress/format.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import type { Layout } from './layout.ts';
import { useSymbols } from './theme.tsx';

/** A stall and its reason; what is lost so far, and how often something was tried again. */
export function Trouble({ snapshot, layout }: { snapshot: Snapshot; layout: Layout }) {
  const { warning, separator } = useSymbols();
  const { losses } = snapshot;
  const retries = retriesOf(snapshot);
  return (
    <Box flexDirection="column" width={layout.width}>
      {layout.stall && <Text wrap="truncate" bold>{`${warning} ${stallOf(snapshot)}`}</Text>}
      {layout.trouble && (
        <Text wrap="truncate">
          {losses > 0 && <Text color="red">{`${warning} ${plural(losses, 'loss', 'losses')}`}</Text>}
          {losses > 0 && retries !== undefined && ` ${separator} `}
          {retries !== undefined && <Text dimColor>{retries}</Text>}
        </Text>
      )}
    </Box>
  );
}
