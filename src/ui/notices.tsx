import { Box, Text } from 'ink';
import type { Layout } from './layout.ts';
import { useSymbols } from './theme.tsx';

/** What a person is asked, and what their keys have set going. */
export function Notices({ layout: { notices, width } }: { layout: Layout }) {
  const { question } = useSymbols();
  return (
    <Box flexDirection="column" width={width}>
      {notices.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place.
        <Text key={index} bold>{`${index === 0 ? question : ' '} ${line}`}</Text>
      ))}
    </Box>
  );
}
