import { Text } from 'ink';
import { useSymbols } from './theme.tsx';

/** A bar of the given width, filled to half a column. Full and empty differ in weight, not only in colour. */
export function Bar({ fraction, width }: { fraction: number; width: number }) {
  const { bar } = useSymbols();
  const halves = Math.floor(Math.max(0, Math.min(1, fraction)) * width * 2);
  const full = bar.full.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? bar.half : '');
  return (
    <Text>
      {full}
      <Text dimColor>{bar.rest.repeat(width - full.length)}</Text>
    </Text>
  );
}
