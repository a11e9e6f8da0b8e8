import { Failure } from '../../base/errors.ts';
import { BaseCommand } from '../program/base.ts';

/** Part of the Tanzu CLI's contract: whether the commands keep to the form of its style guide. age is a name. */
export default class Lint extends BaseCommand {
  static override summary = 'Check the form of the commands';
  static override hidden = true;

  async run(): Promise<void> {
    await this.parse(Lint);
    const { HELP } = await import('../help/all.ts');
    const faults = HELP.flatMap(({ name, summary, flags }) => [
      ...(/^[a-z]+(-[a-z]+)*$/.test(name) ? [] : [`${name}: a name has lower case letters and hyphens`]),
      ...[summary, ...flags.map(flag => flag.summary)]
        .filter(text => !/^([A-Z]|age ).*[^.]$/.test(text))
        .map(text => `${name}: begins with a capital and ends without a full stop: ${text}`),
    ]);
    if (faults.length > 0) throw new Failure('internal', faults.join('; '));
  }
}
