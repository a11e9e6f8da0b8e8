import { Box, Text } from 'ink';
import { size } from '../progress/format.ts';
import { Bar } from './bar.tsx';
import type { Layout } from './layout.ts';
import { useSymbols } from './theme.tsx';

const BAR = 12;
const SIZE = 11;

/** The largest blobs on their way, each with what needs it. */
export function TransferList({ layout }: { layout: Layout }) {
  const { moving } = useSymbols();
  return layout.transfers.map(transfer => {
    const fraction = transfer.size === 0 ? 1 : transfer.bytes / transfer.size;
    return (
      <Box key={transfer.digest} width={layout.width}>
        <Box flexShrink={0}>
          <Text dimColor>{`${moving} `}</Text>
          {!layout.narrow && <Bar fraction={fraction} width={BAR} />}
          <Text dimColor>{`${Math.floor(fraction * 100)} %`.padStart(layout.narrow ? 5 : 6)}</Text>
          <Text>{size(transfer.size).padStart(SIZE)}</Text>
          <Text>{'  '}</Text>
        </Box>
        <Text wrap="truncate">{transfer.for}</Text>
      </Box>
    );
  });
}
