import * as Args from '@oclif/core/args';
import { BaseCommand } from './program/base.ts';

export default class Completion extends BaseCommand {
  static override summary =
    'Set up completion of commands, flags, and names of contexts, orgs, spaces and apps';
  static override description = [
    'Without an argument it puts a small script beside the program, by which kubectl completes what stands behind kubectl asa-backup, and says where. The Tanzu CLI needs none.',
    'With the name of a shell it prints the script that completes kubectl-asa_backup there.',
  ].join('\n\n');
  static override usage = 'completion [kubectl|bash|zsh|fish|powershell]';
  static override args = {
    shell: Args.string({
      description: 'Print the script of this shell',
      options: ['kubectl', 'bash', 'zsh', 'fish', 'powershell'],
    }),
  };
  static override examples = [
    { description: 'Let kubectl complete kubectl asa-backup', command: '<%= config.bin %> completion' },
    {
      description: 'Complete kubectl-asa_backup in this bash',
      command: '. <(kubectl-asa_backup completion bash)',
    },
  ];

  async run(): Promise<void> {
    const { shell } = (await this.parse(Completion)).args;
    const [{ printResult }, { kubectlScript, SHELLS }, { installCompletion }] = await Promise.all([
      import('../progress/console.ts'),
      import('./completion/scripts.ts'),
      import('./completion/install.ts'),
    ]);
    if (shell === undefined) await printResult(await installCompletion(process.env));
    else await printResult(SHELLS[shell] ?? kubectlScript(process.platform).text);
  }
}
