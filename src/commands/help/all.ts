import { COMMANDS } from '../index.ts';
import { type CommandHelp, describeCommand } from './describe.ts';

/**
 * Every command that people call, by name; not those that only the Tanzu CLI does. In the bundle this module is its own
 * result, so that help and completion need none of the commands, nor what parses them (scripts/bundle.ts).
 */
export const HELP: readonly CommandHelp[] = Object.entries(COMMANDS)
  .filter(([, command]) => !command.hidden)
  .map(([name, command]) => describeCommand(name, command))
  .sort((a, b) => (a.name < b.name ? -1 : 1));
