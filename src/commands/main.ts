import { fileURLToPath } from 'node:url';
import { Plugin, run } from '@oclif/core';
import pjson from '../../package.json' with { type: 'json' };
import { endWith } from './base.ts';
import { COMMANDS } from './index.ts';

/** How long the live view has to go away in a crash. */
const VIEW_ENDS_MS = 1_000;

/**
 * Runs a command. oclif would look for package.json and for command files on disk; a bundle has neither, so both are
 * handed to it: `commandCache` is what its explicit strategy fills after loading, and is private, hence the pin of its
 * exact version and the tests that run every command of the built program.
 * @param args behind the program's name
 */
export async function main(args: string[]): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const plugin = new Plugin({ root, isRoot: true, ignoreManifest: true, pjson: pjson as never });
  Object.assign(plugin, { commandCache: COMMANDS });
  // oclif throws what its listener does not know, so that a full disk ends in a stack trace. Our writes tell of it.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  process.once('uncaughtException', error => void endAbruptly(error));
  try {
    const [name = ''] = args;
    if (!name.startsWith('-') && !Object.hasOwn(COMMANDS, name)) {
      // oclif would say it in its own words.
      throw (await import('./help/show.ts')).unknownCommand(name);
    }
    await plugin.load();
    await run(args, { root, plugins: new Map([[plugin.name, plugin]]) });
  } catch (error) {
    await endWith(error);
  }
}

/** An error that nobody waited for is a bug. It is told as every other, on a terminal that is as it was. */
async function endAbruptly(error: unknown): Promise<void> {
  const [{ endWithFailure }, { leaveView }] = await Promise.all([
    import('./end.ts'),
    import('../progress/printer.ts'),
  ]);
  // A view that hangs as well is left to the end of the process.
  await Promise.race([leaveView(), new Promise(resolve => setTimeout(resolve, VIEW_ENDS_MS))]);
  endWithFailure(error);
  process.exit();
}
