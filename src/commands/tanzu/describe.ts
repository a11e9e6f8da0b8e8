import { printResult } from '../../progress/console.ts';
import { BaseCommand } from '../program/base.ts';
import { PLUGIN } from './plugin.ts';

/** Part of the Tanzu CLI's contract. */
export default class Describe extends BaseCommand {
  static override summary = 'Say in one line what this plugin is for';
  static override hidden = true;

  async run(): Promise<void> {
    await this.parse(Describe);
    await printResult(PLUGIN.description);
  }
}
