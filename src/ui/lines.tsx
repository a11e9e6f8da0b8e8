import { Box, Text } from 'ink';

/** Lines that are cut off where the view ends. */
export function Lines({ lines, width, dim }: { lines: readonly string[]; width: number; dim?: boolean }) {
  return (
    <Box flexDirection="column" width={width}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; the same may be said twice.
        <Text key={index} wrap="truncate" dimColor={dim ?? false}>
          {line}
        </Text>
      ))}
    </Box>
  );
}
