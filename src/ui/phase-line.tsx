import { Box, Text } from 'ink';
import { lasting } from '../progress/format.ts';
import type { PhaseState, Snapshot } from '../progress/snapshot.ts';
import { type Symbols, spin } from './symbols.ts';
import { useSymbols } from './theme.tsx';

const GAP = 2;

/** Where the run is: what is behind it, what it does now, what is to come; in a narrow place only the present. */
export function PhaseLine({ snapshot, width }: { snapshot: Snapshot; width: number }) {
  const symbols = useSymbols();
  const { phases, seconds } = snapshot;
  const elapsed = lasting(seconds);
  const whole = phases.reduce((sum, { label }) => sum + label.length + 2 + GAP, 0);
  const current = Math.max(
    0,
    phases.findLastIndex(({ state }) => state !== 'ahead'),
  );
  // Something is under way from the beginning, even where no phase has begun: another run is waited for.
  const isIdle = phases.every(({ state }) => state === 'ahead');
  const shown = phases.map((phase, at) => (isIdle && at === 0 ? { ...phase, state: 'now' as const } : phase));
  const fits = whole + elapsed.length <= width;
  return (
    <Box width={width} justifyContent="space-between">
      <Text wrap="truncate">
        {(fits ? shown : shown.slice(current, current + 1)).map(phase => (
          <PhaseName key={phase.label} phase={phase} sign={signOf(phase, symbols, seconds)} />
        ))}
        {fits ? '' : <Text dimColor>{`${current + 1} of ${phases.length}`}</Text>}
      </Text>
      <Text dimColor>{elapsed}</Text>
    </Box>
  );
}

function PhaseName({ phase: { label, state }, sign }: { phase: PhaseState; sign: string }) {
  const text = `${sign} ${label}${' '.repeat(GAP)}`;
  if (state === 'now') return <Text bold>{text}</Text>;
  if (state === 'failed') return <Text color="red">{text}</Text>;
  return <Text dimColor>{text}</Text>;
}

function signOf({ state }: PhaseState, symbols: Symbols, seconds: number): string {
  return state === 'now' ? spin(symbols, seconds) : symbols[state];
}
