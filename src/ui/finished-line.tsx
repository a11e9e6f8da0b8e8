import { Box, Text } from 'ink';
import { duration } from '../progress/format.ts';
import type { Milestone } from '../progress/milestones.ts';
import type { Symbols } from './symbols.ts';
import { useSymbols } from './theme.tsx';

/** `wave 12/14` and a space. */
const TITLE = 11;

const LOOKS: Record<Milestone['mark'], { sign: keyof Symbols & string; color: string | undefined }> = {
  done: { sign: 'done', color: 'green' },
  failed: { sign: 'failed', color: 'red' },
  loss: { sign: 'warning', color: 'red' },
  note: { sign: 'note', color: undefined },
};

/** One thing that is over. It stays above the live view, so it is told in full, however many lines that takes. */
export function FinishedLine({ milestone, width }: { milestone: Milestone; width: number }) {
  const symbols = useSymbols();
  const { mark, title, text, seconds } = milestone;
  const { sign, color } = LOOKS[mark];
  return (
    <Box width={width}>
      <Box flexShrink={0}>
        <Text {...(color === undefined ? {} : { color })}>{`${symbols[sign]} `}</Text>
        <Text bold={mark === 'failed' || mark === 'loss'}>{title.padEnd(TITLE)}</Text>
      </Box>
      <Text>
        {text}
        {seconds !== undefined && <Text dimColor>{`${text === '' ? '' : '  '}${duration(seconds)}`}</Text>}
      </Text>
    </Box>
  );
}
