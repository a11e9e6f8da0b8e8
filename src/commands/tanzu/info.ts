import { printResult } from '../../progress/console.ts';
import { BaseCommand } from '../program/base.ts';
import { PLUGIN } from './plugin.ts';

/** What `tanzu plugin install` asks of a file before it takes it: one JSON object on standard output, nothing else. */
export default class Info extends BaseCommand {
  static override summary = 'Describe this plugin to the Tanzu CLI';
  static override hidden = true;

  async run(): Promise<void> {
    await this.parse(Info);
    await printResult(JSON.stringify(PLUGIN));
  }
}
