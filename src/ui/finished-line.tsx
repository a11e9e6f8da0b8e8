import { Box, Text } from 'ink';
import { duration } from '../progress/format.ts';
import type { Milestone } from '../progress/milestones.ts';
import { wrapWords } from '../progress/text.ts';
import type { Symbols } from './symbols.ts';
import { useSymbols } from './theme.tsx';

/** `✓ wave 12/14  `. */
const LEAD = 13;

const LOOKS: Record<Milestone['mark'], { sign: keyof Symbols & string; color: string }> = {
  done: { sign: 'done', color: 'green' },
  failed: { sign: 'failed', color: 'red' },
  loss: { sign: 'warning', color: 'red' },
  note: { sign: 'note', color: 'magenta' },
};

/** One thing that is over. It stays above the live view, so it is told in full, however many lines that takes. */
export function FinishedLine({ milestone, width }: { milestone: Milestone; width: number }) {
  const symbols = useSymbols();
  const { mark, title, text, seconds } = milestone;
  const { sign, color } = LOOKS[mark];
  // Its own spaces do not break, so that a time is never torn in two.
  const time = seconds === undefined ? '' : duration(seconds).replaceAll(' ', '\u00a0');
  const told = text === '' ? time : `${text}${time === '' ? '' : ` (${time})`}`;
  const lines = wrapWords(told, width - LEAD);
  return (
    <Box width={width}>
      <Box flexShrink={0} width={LEAD}>
        <Text color={color}>{`${symbols[sign]} `}</Text>
        <Text bold>{title}</Text>
      </Box>
      <Text>{lines.join('\n')}</Text>
    </Box>
  );
}
