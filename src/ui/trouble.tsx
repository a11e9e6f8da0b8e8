import { Box, Text } from 'ink';
import { retriesOf, stallOf } from '../progress/describe.ts';
import { plural } from '../progress/format.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import { useSymbols } from './theme.tsx';

/** A stall and its reason, what is lost so far, and how often something was tried again. */
export function Trouble({ snapshot, width }: { snapshot: Snapshot; width: number }) {
  const { warning, separator } = useSymbols();
  const stall = stallOf(snapshot);
  const losses = snapshot.losses === 0 ? undefined : plural(snapshot.losses, 'loss', 'losses');
  const retries = retriesOf(snapshot);
  return (
    <Box flexDirection="column" width={width}>
      {stall !== undefined && <Text wrap="truncate" color="yellow">{`${warning} ${stall}`}</Text>}
      {(losses !== undefined || retries !== undefined) && (
        <Text wrap="truncate">
          {losses !== undefined && <Text color="red">{`${warning} ${losses}`}</Text>}
          {losses !== undefined && retries !== undefined && ` ${separator} `}
          {retries !== undefined && <Text dimColor>{retries}</Text>}
        </Text>
      )}
    </Box>
  );
}

export function hasTrouble({ stall, losses, retries }: Snapshot): boolean {
  return stall !== undefined || losses > 0 || retries !== undefined;
}
