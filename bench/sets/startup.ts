import { executableHere } from '../../scripts/release/platforms.ts';
import { startStage, TINY } from '../../test/support/embedded.ts';
import { compete, type Row } from '../compare.ts';
import type { Command } from '../measure.ts';
import { ours, type Setting } from '../setting.ts';

/** How long it takes until the program says its first word, and lists a cluster, against an empty Node.js program. */
export async function startup({ quick, cleanUp }: Setting): Promise<Row[]> {
  const node = { name: 'node -e 0', commands: () => [{ program: process.execPath, args: ['-e', '0'] }] };
  const contest = (set: string, command: Command, goal: number) =>
    compete({
      set,
      rounds: quick ? 5 : 21,
      contenders: [{ name: 'ours', commands: () => [command] }, node],
      goals: { [node.name]: goal },
    });
  const executable = (args: readonly string[]) => ({ program: executableHere(), args: [...args] });
  const stage = await startStage({ name: 'source', landscape: TINY });
  cleanUp(() => stage.stop());
  const list = ['list', '--kubeconfig', stage.kubeconfigFile];
  return [
    ...(await contest('--version, bundle', ours(['--version']), 2.5)),
    ...(await contest('--version, executable', executable(['--version']), 2.2)),
    ...(await contest('--help, executable', executable(['--help']), 2.2)),
    ...(await contest('export --help, executable', executable(['export', '--help']), 2.2)),
    ...(await contest('list, executable', executable(list), 5)),
  ];
}
