import { BaseCommand } from '../program/base.ts';

/** The Tanzu CLI calls this after it has installed the plugin. There is nothing left to do then. */
export default class PostInstall extends BaseCommand {
  static override summary = 'Finish an installation by the Tanzu CLI';
  static override hidden = true;

  async run(): Promise<void> {
    await this.parse(PostInstall);
  }
}
