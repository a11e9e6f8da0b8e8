import { printResult } from '../../progress/console.ts';
import { BaseCommand } from '../base.ts';
import { PLUGIN } from './plugin.ts';

export default class Version extends BaseCommand {
  static override summary = 'Print the version of this program';
  static override usage = 'version';
  static override examples = ['<%= config.bin %> version'];

  async run(): Promise<void> {
    await this.parse(Version);
    await printResult(PLUGIN.version);
  }
}
