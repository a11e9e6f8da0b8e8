import { BaseCommand } from './program/base.ts';

export default class Options extends BaseCommand {
  static override summary = 'List the options that all commands have which talk to a cluster';
  static override usage = 'options';
  static override examples = ['<%= config.bin %> options'];

  async run(): Promise<void> {
    await this.parse(Options);
    const { showOptions } = await import('./help/show.ts');
    await showOptions();
  }
}
