/**
 * Makes the pictures of the README from a real run on two embedded foundations: the restore wizard, the live view, and a
 * report. `npm run build` goes first.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer, Call } from '../src/sandbox/apiserver/call.ts';
import { startStage } from '../test/support/embedded.ts';
import { runProgram } from '../test/support/program.ts';
import { ProgramInTerminal } from '../test/support/terminal.ts';
import { terminalPicture } from './pictures/terminal-svg.ts';

const FOLDER = 'docs/pictures';
const SIZE = { columns: 92, rows: 26 };

const [source, target] = await Promise.all([
  startStage({ name: 'old-site', landscape: { seed: 'demo', apps: 40, appBytes: 400_000 } }),
  startStage({ name: 'new-site' }),
]);
await mkdir(FOLDER, { recursive: true });
try {
  const folder = source.directory;
  const archive = join(folder, 'backup.tar');
  await ran(['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets']);
  // Layers trickle, so that there is something to see.
  source.faults.registry({ kind: 'drip', bytes: 40_000, delayMs: 60, on: /^GET .*blobs/ });
  const second = ['export', join(folder, 'second.tar'), '--kubeconfig', source.kubeconfigFile];
  const exporting = new ProgramInTerminal([...second, '--plaintext-secrets'], SIZE);
  await exporting.untilScreen(/[3-6]\d %[\s\S]*iB\/s[\s\S]*left[\s\S]*↓[\s\S]*↓[\s\S]*q stop/);
  await save(
    'live-view',
    exporting,
    'An export under way: its phases, how far it is, the transfers in flight',
  );
  source.faults.clear();
  const report = join(folder, 'report.html');
  const kubeconfig = ['--kubeconfig', target.kubeconfigFile];
  const terminal = new ProgramInTerminal(['restore', archive, ...kubeconfig, '--report', report], SIZE);
  await terminal.untilScreen(/What is in the archive/);
  terminal.type('\r');
  await terminal.untilScreen(/chosen/);
  terminal.type('\u001b[B\u001b[B\u001b[C\u001b[B\u001b[C\u001b[B ');
  await terminal.untilScreen(/comes along/);
  await save('wizard', terminal, 'Choosing what comes back: a tree of orgs, spaces and apps with sizes');
  terminal.type('\r');
  await terminal.untilScreen(/→ █/);
  terminal.type(`${target.registry.host}/\r`);
  await terminal.untilScreen(/nothing forbids/);
  terminal.type('\r\r');
  await terminal.untilScreen(/context █/);
  // Controllers take their time.
  target.faults.api.add(({ path }) => /\/cfspaces/.test(path), busy, 10_000);
  terminal.type('new-site\r');
  await terminal.untilScreen(/wave \d+ of[\s\S]*waiting for CFSpace[\s\S]*[5-9] s/);
  await save('restore', terminal, 'A restore under way: the wave that is written, and what it waits for');
  target.faults.clear();
  await terminal.ended;
  await writeFile(join(FOLDER, 'report.svg'), reportPicture(await readFile(report, 'utf8')));
} finally {
  await Promise.all([source.stop(), target.stop()]);
}

/** A controller that says what it is about. */
async function busy(call: Call, next: (call: Call) => Promise<Answer>): Promise<Answer> {
  const answer = await next(call);
  const condition = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'RoleBindings',
    message: 'propagating 41 role bindings into the namespace of the space',
  };
  const tell = (object: { status?: object }) => ({
    ...object,
    status: { ...object.status, conditions: [condition] },
  });
  const body = answer.body as { items?: { status?: object }[]; status?: object };
  if (call.method !== 'GET') return answer;
  return {
    ...answer,
    body: body.items === undefined ? tell(body) : { ...body, items: body.items.map(tell) },
  };
}

async function ran(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(args);
  if (code !== 0) throw new Error(stderr);
}

function save(name: string, terminal: ProgramInTerminal, title: string): Promise<void> {
  return writeFile(join(FOLDER, `${name}.svg`), terminalPicture(terminal.emulator, title));
}

/** The two pictures of a report above each other, with the page's own style. */
function reportPicture(page: string): string {
  const [timeline = '', treemap = ''] = page.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
  const [style = ''] = page.match(/<style>[\s\S]*?<\/style>/) ?? [];
  const heightOf = (svg: string) => Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1] ?? 0);
  const [above, below] = [heightOf(timeline), heightOf(treemap)];
  const placed = (svg: string, y: number) =>
    svg.replace('<svg ', `<svg x="20" y="${y}" width="960" height="${heightOf(svg)}" `);
  const height = above + below + 60;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 ${height}" role="img" aria-label="A report: the waves over time, and the bytes of images by org, space and app">`,
    style,
    `<rect width="1000" height="${height}" rx="8" style="fill:var(--paper)"/>`,
    `<g style="font-family:system-ui,sans-serif">`,
    placed(timeline, 20),
    placed(treemap, above + 40),
    '</g>',
    '</svg>\n',
  ].join('\n');
}
