import { compete, type Row } from '../compare.ts';
import { ours, type Setting } from '../setting.ts';

/** How long it takes until the program says its first word, against an empty Node.js program. */
export async function startup({ quick }: Setting): Promise<Row[]> {
  const node = { name: 'node -e 0', commands: () => [{ program: process.execPath, args: ['-e', '0'] }] };
  const contest = (args: readonly string[], goals: Record<string, number>) =>
    compete({
      set: args.join(' '),
      rounds: quick ? 5 : 21,
      contenders: [{ name: 'ours', commands: () => [ours(args)] }, node],
      goals,
    });
  return [
    ...(await contest(['--version'], { [node.name]: 2.5 })),
    ...(await contest(['--help'], {})),
    ...(await contest(['export', '--help'], {})),
  ];
}
