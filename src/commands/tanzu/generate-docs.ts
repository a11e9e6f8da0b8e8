import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../program/base.ts';

/** The Tanzu CLI calls this for its documentation and for the tree of commands that it knows. */
export default class GenerateDocs extends BaseCommand {
  static override summary = 'Write a page of documentation for every command';
  static override hidden = true;
  static override flags = {
    'docs-dir': Flags.string({ helpValue: 'FOLDER', summary: 'Where to, as Markdown' }),
    'man-dir': Flags.string({ helpValue: 'FOLDER', summary: 'Where to, as manual pages' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(GenerateDocs);
    const { writeMarkdown, writeManuals } = await import('../help/pages.ts');
    const { 'docs-dir': docs, 'man-dir': manuals } = flags;
    if (docs !== undefined) await writeMarkdown(docs);
    if (manuals !== undefined) await writeManuals(manuals);
  }
}
