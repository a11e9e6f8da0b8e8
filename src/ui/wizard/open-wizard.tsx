import type { EventEmitter } from 'node:events';
import type { ReadStream } from 'node:tty';
import chalk from 'chalk';
import {
  Box,
  render,
  Text,
  useInput,
  useIsScreenReaderEnabled,
  usePaste,
  useStdin,
  useWindowSize,
} from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import { colorLevel } from '../color.ts';
import { isHelpKey, keysOf } from './keys.ts';
import type { Line, Span } from './lines.ts';
import type { Runner } from './runner.ts';
import { screenOf, spokenOf } from './screen.ts';
import type { Common } from './wizard.ts';

export interface WizardTerminal {
  /** Where it is drawn, and where keys come from; these are closed with the view. */
  readonly screen: NodeJS.WriteStream;
  readonly keys: ReadStream;
  readonly env: NodeJS.ProcessEnv;
  /** Ctrl-Z was pressed. */
  readonly onSuspend: () => void;
}

export interface WizardView {
  /** Settles when the view is gone. @throws whatever made it impossible to draw */
  readonly gone: Promise<unknown>;
  /** Gives the terminal back as it was. The wizard stays where it is, and can be shown again. */
  close(): Promise<void>;
}

/** Shows a wizard on a screen of its own, and hands it the keys. */
export function openWizard<S extends Common, A>(
  runner: Runner<S, A>,
  { screen, keys, env, onSuspend }: WizardTerminal,
): WizardView {
  const isSpoken = env.INK_SCREEN_READER === 'true';
  chalk.level = colorLevel(env);
  const instance = render(<View runner={runner} onSuspend={onSuspend} />, {
    stdout: screen,
    stdin: keys,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
    alternateScreen: !isSpoken,
    incrementalRendering: true,
    isScreenReaderEnabled: isSpoken,
  });
  const gone = instance.waitUntilExit();
  return {
    gone,
    async close() {
      instance.unmount();
      await gone.catch(() => undefined);
      // Ink leaves them open: the next key would still be read, for which a job in the background is stopped.
      keys.destroy();
    },
  };
}

interface ViewProps<S extends Common, A> {
  readonly runner: Runner<S, A>;
  readonly onSuspend: () => void;
}

function View<S extends Common, A>({ runner, onSuspend }: ViewProps<S, A>) {
  const state = useSyncExternalStore(runner.subscribe, runner.get);
  const size = useWindowSize();
  const isSpoken = useIsScreenReaderEnabled();
  useInput((input, ink) => {
    for (const key of keysOf(input, ink)) {
      if (key.name === 'suspend') onSuspend();
      else runner.press(key);
    }
  });
  useHelpKey(() => runner.press({ name: 'help' }));
  usePaste(text => runner.press({ name: 'text', text }));
  const { wizard } = runner;
  const lines = isSpoken ? spokenOf(wizard, state, size.columns) : screenOf(wizard, state, size);
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is what stands in a row
        <Row key={row} line={line} />
      ))}
    </Box>
  );
}

/** Ink's own hook has no name for function keys: what it gets of them is heard here. */
function useHelpKey(onHelp: () => void): void {
  const stdin = useStdin() as unknown as { readonly internal_eventEmitter: EventEmitter };
  const { internal_eventEmitter: emitter } = stdin;
  useEffect(() => {
    const onInput = (sent: unknown) => {
      if (typeof sent === 'string' && isHelpKey(sent)) onHelp();
    };
    emitter.on('input', onInput);
    return () => void emitter.off('input', onInput);
  });
}

function Row({ line }: { line: Line }) {
  if (line.length === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate">
      {line.map((span, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans of a line have no other name
        <Text key={index} {...LOOKS[span.look ?? 'plain']}>
          {span.text}
        </Text>
      ))}
    </Text>
  );
}

const LOOKS: Record<NonNullable<Span['look']> | 'plain', object> = {
  plain: {},
  bold: { bold: true },
  dim: { dimColor: true },
  good: { color: 'green' },
  bad: { color: 'red' },
  warn: { color: 'yellow' },
  marked: { inverse: true },
};
