import * as Flags from '@oclif/core/flags';
import { VERSION } from '../base/version.ts';
import { progressFlags } from './flags/output.ts';
import { BaseCommand } from './program/base.ts';

export default class Demo extends BaseCommand {
  static override summary =
    'Back up a foundation, restore it into an empty one, and compare the two: all within this program';
  static override description = [
    'Starts two foundations in this process, each with an API server, a registry, and the rules of the Korifi and Carvel controllers: one full of orgs, spaces and apps, one empty. Exports the first, restores it into the second, and shows what came back: nothing is staged again, no task runs again. Needs no cluster, no registry and no network.',
    'With --serve it leaves both running instead and prints how to reach them, to try every command by hand.',
  ].join('\n\n');
  static override usage = 'demo [FLAGS]';
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --serve'];
  static override flags = {
    serve: Flags.boolean({
      summary: 'Leave both foundations running until Ctrl-C, and print the kubeconfig',
    }),
    apps: Flags.integer({
      summary: 'How many apps the full foundation has, about',
      default: 40,
      min: 1,
      max: 1000,
    }),
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo);
    const { runDemo, serveDemo } = await import('./runs/demo.ts');
    process.exitCode = flags.serve ? await serveDemo(flags) : await runDemo(flags, VERSION);
  }
}
