import { Box, Text } from 'ink';
import { figuresOf, percentOf, stallOf, waitOf, waveOf } from '../progress/describe.ts';
import { plural } from '../progress/format.ts';
import type { Snapshot } from '../progress/snapshot.ts';
import type { Desk } from './desk.ts';
import { hintsOf, noticesOf, panelLines } from './words.ts';

/** Nobody listens to more. */
const PANEL_LINES = 10;

/** The live view for a screen reader: words in reading order, without bars, columns or turning signs. */
export function Spoken({ snapshot, desk }: { snapshot: Snapshot; desk: Desk }) {
  const phase = snapshot.phases.find(({ state }) => state === 'now')?.label;
  const overall = [phase, percentOf(snapshot), ...figuresOf(snapshot)].filter(part => part !== undefined);
  const wait = snapshot.waits[0];
  const keys = hintsOf(snapshot, desk);
  const lines = [
    ...noticesOf(snapshot, desk),
    ...panelLines(desk, { columns: Number.POSITIVE_INFINITY, rows: PANEL_LINES }),
    waveOf(snapshot),
    wait && waitOf(wait),
    wait?.message,
    stallOf(snapshot),
    snapshot.losses === 0 ? undefined : plural(snapshot.losses, 'loss', 'losses'),
    desk.isWatched && keys.length > 0 ? `keys: ${keys.join(', ')}` : undefined,
  ].filter(line => line !== undefined && line !== '');
  return (
    <Box flexDirection="column">
      <Box aria-role="progressbar" aria-label={overall.join(', ')} />
      {lines.map(line => (
        <Text key={line}>{line}</Text>
      ))}
    </Box>
  );
}
