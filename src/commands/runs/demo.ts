import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../../base/errors.ts';
import { printResult } from '../../progress/console.ts';
import { plural } from '../../progress/format.ts';
import { exportReport, restoreReport } from '../../progress/report.ts';
import { type Comparison, compareFoundations } from '../../sandbox/compare.ts';
import { type EmbeddedFoundation, startFoundation } from '../../sandbox/foundation.ts';
import { runExport } from './export.ts';
import { runRestore } from './restore.ts';

interface DemoFlags {
  readonly apps: number;
  readonly progress: string;
  readonly quiet: boolean;
}

/** Average bytes of an app's source: enough to watch, little enough for a laptop's memory. */
const APP_BYTES = 400_000;

/** A full foundation, an empty one, and a folder for what goes from one to the other. */
interface Stage {
  readonly source: EmbeddedFoundation;
  readonly target: EmbeddedFoundation;
  readonly directory: string;
  readonly kubeconfigs: { readonly source: string; readonly target: string };
}

/** Exports, restores, compares. Ends with 0 only if the two foundations are the same and nothing was done twice. */
export async function runDemo(flags: DemoFlags, version: string): Promise<ExitCode> {
  return onStage(flags, async ({ source, target, directory, kubeconfigs }) => {
    const { progress, quiet } = flags;
    const archive = join(directory, 'backup.tar');
    say('\n1. Back it up\n');
    const from = { kubeconfig: kubeconfigs.source, 'plaintext-secrets': true, overwrite: false };
    const images = { attached: true, 'include-foreign-layers': false };
    const exported = await runExport(archive, { ...from, ...images, progress, quiet }, version);
    await printResult(exportReport(exported));
    say('\n2. Restore it into the empty foundation\n');
    const to = { kubeconfig: kubeconfigs.target, yes: true, 'dry-run': false, 'wait-timeout': ['2m'] };
    const map = [`${source.registry.host}/=${target.registry.host}/`];
    const restored = await runRestore([archive], { ...to, 'registry-map': map, progress, quiet });
    await printResult(restoreReport(restored));
    say('\n3. Compare the two\n');
    await target.settle();
    const comparison = await compareFoundations(source, target);
    await printResult(comparisonReport(comparison));
    const wrong = comparison.differences.length + comparison.problems.length + restored.losses.length;
    return wrong === 0 ? EXIT.done : EXIT.failed;
  });
}

/** Leaves both foundations running until the program is told to end. */
export async function serveDemo(flags: DemoFlags): Promise<ExitCode> {
  // From the beginning: whoever ends it while it starts has nothing left behind either.
  const ended = new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  return onStage(flags, async ({ source, target, kubeconfigs }) => {
    await printResult(
      [
        `export KUBECONFIG=${kubeconfigs.source}:${kubeconfigs.target}`,
        '',
        '# the full foundation is the context "source", the empty one "target"; try:',
        '#   kubectl get cforgs,cfdomains -A --context source',
        '#   kubectl asa-backup export backup.tar --plaintext-secrets --context source',
        '#   kubectl asa-backup inspect backup.tar',
        `#   kubectl asa-backup restore backup.tar --context target --registry-map ${source.registry.host}/=${target.registry.host}/`,
        '# or let yourself be asked:',
        '#   kubectl asa-backup export --context source',
        '#   kubectl asa-backup restore backup.tar --context target',
        `# images of the registry ${source.registry.host}/ go to ${target.registry.host}/`,
      ].join('\n'),
    );
    say('\nrunning; end with Ctrl-C\n');
    await ended;
    return EXIT.done;
  });
}

async function onStage(flags: DemoFlags, play: (stage: Stage) => Promise<ExitCode>): Promise<ExitCode> {
  say(`starting a foundation with about ${plural(flags.apps, 'app')}, and an empty one …\n`);
  const directory = await mkdtemp(join(tmpdir(), 'asa-backup-demo-'));
  const foundations: EmbeddedFoundation[] = [];
  try {
    const landscape = { seed: 'demo', apps: flags.apps, appBytes: APP_BYTES };
    const source = await startFoundation({ name: 'source', landscape });
    foundations.push(source);
    const target = await startFoundation({ name: 'target' });
    foundations.push(target);
    const kubeconfigs = { source: join(directory, 'source.yaml'), target: join(directory, 'target.yaml') };
    await writeFile(kubeconfigs.source, source.kubeconfig, { mode: 0o600 });
    await writeFile(kubeconfigs.target, target.kubeconfig, { mode: 0o600 });
    return await play({ source, target, directory, kubeconfigs });
  } finally {
    await Promise.all(foundations.map(foundation => foundation.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is the same, what is not, and whether anything was done that should not have been. */
function comparisonReport({ same, differences, problems }: Comparison): string {
  const wrong = [
    ...differences.map(
      ({ subject, aspect, source, target }) => `${subject}: ${aspect} was ${source}, is ${target}`,
    ),
    ...problems,
  ];
  return [
    ...[...same].map(
      ([sort, number]) => `  ✓ ${plural(number, sort, sort.replace(/y$/, 'ie').concat('s'))} the same`,
    ),
    ...wrong.map(line => `  ✗ ${line}`),
    ...(wrong.length > 0
      ? []
      : ['  ✓ nothing staged again, no task run again, no image deleted, nothing collected']),
    '',
    wrong.length === 0
      ? 'the restored foundation is the same'
      : `${plural(wrong.length, 'thing')} not as they should be`,
  ].join('\n');
}

/** Headings go where progress goes; standard output keeps the results. */
function say(text: string): void {
  process.stderr.write(text);
}
