import { fileURLToPath } from 'node:url';
import { Plugin, run } from '@oclif/core';
import pjson from '../../package.json' with { type: 'json' };
import { Failure } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { endWith } from './base.ts';
import { helpWanted } from './help/wanted.ts';
import { COMMANDS } from './index.ts';

/**
 * Runs the program. oclif would look for package.json and for command files on disk; a bundle has neither, so both
 * are handed to it: `commandCache` is what its explicit strategy fills after loading, and is private, hence the pin
 * of its exact version and the tests that run every command of the built program.
 */
export async function main(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const plugin = new Plugin({ root, isRoot: true, ignoreManifest: true, pjson: pjson as never });
  Object.assign(plugin, { commandCache: COMMANDS });
  const args = process.argv.slice(2);
  // oclif throws what its listener does not know, so that a full disk ends in a stack trace. Our writes tell of it.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  try {
    if (args[0] === '__complete') {
      const { answerCompletion } = await import('./completion/answer.ts');
      return await answerCompletion(args.slice(1));
    }
    const wanted = helpWanted(args);
    refuseUnknown(wanted ?? args[0]);
    if (wanted !== undefined) return await (await import('./help/show.ts')).showHelp(wanted);
    await plugin.load();
    await run(args, { root, plugins: new Map([[plugin.name, plugin]]) });
  } catch (error) {
    await endWith(error);
  }
}

/** oclif would say it in its own words. */
function refuseUnknown(name: string | undefined): void {
  if (name === undefined || name === '' || name.startsWith('-') || Object.hasOwn(COMMANDS, name)) return;
  const close = nearest(name, Object.keys(COMMANDS));
  throw new Failure('usage', `there is no command ${JSON.stringify(name.slice(0, 40))}`, {
    hints: [close === undefined ? 'see --help for the commands there are' : `did you mean ${close}?`],
  });
}
