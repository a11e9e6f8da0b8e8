import { printDocument, printResult } from '../../progress/console.ts';
import { outputFlags } from '../flags/output.ts';
import { BaseCommand } from '../program/base.ts';
import { PLUGIN } from './plugin.ts';

export default class Version extends BaseCommand {
  static override summary = 'Print the version of this program';
  static override usage = 'version [FLAGS]';
  static override flags = outputFlags;
  static override examples = ['<%= config.bin %> version'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    if (flags.output === undefined) return printResult(PLUGIN.version);
    const { platform, arch, versions } = process;
    const document = { version: PLUGIN.version, node: versions.node, platform: `${platform}/${arch}` };
    await printDocument(document, flags.output as 'json' | 'yaml');
  }
}
