import { BlobSpool, besideSpool } from '../../archive/blob-spool.ts';
import { type OnHeld, watchedSink } from '../../archive/held.ts';
import { lockArchive } from '../../archive/lock.ts';
import type { SealSigner } from '../../archive/signature.ts';
import type { StreamSink } from '../../archive/stream-sink.ts';
import { Failure } from '../../base/errors.ts';
import { Flow } from '../../base/flow.ts';
import { BLOBS_IN_FLIGHT } from '../../base/limits.ts';
import { type ExportOptions, exportFoundation } from '../../export/export.ts';
import { resumeExport } from '../../export/resume.ts';
import type { Report } from '../../progress/events.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { ExportResult } from '../../progress/results/archive.ts';
import { type BaseFlagValues, readBase } from '../from-flags/base-archives.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { openRegistries } from '../from-flags/registries.ts';
import { openSealer } from '../from-flags/secrets.ts';
import { readSelection, type SelectionFlagValues } from '../from-flags/selection.ts';
import { openSigner } from '../from-flags/signing.ts';
import { TOOL_NAME } from '../program/names.ts';
import { type KeepingSink, ReadBack, sinkOpener, withParts } from './export-sink.ts';
import type { Reporting } from './reporting.ts';
import { readLeftover, wayOnFrom, withWayOn } from './resume-export.ts';
import { NOTHING_YET, type RunContext, runShown } from './run.ts';

/** The flags of an export. */
export type ExportFlags = Parameters<typeof openSealer>[0] &
  Parameters<typeof openSigner>[0] &
  Parameters<typeof openRegistries>[0] &
  Parameters<typeof openCluster>[0] &
  SelectionFlagValues &
  BaseFlagValues & {
    readonly overwrite: boolean;
    readonly resume?: boolean | undefined;
    readonly verify?: boolean | undefined;
    readonly 'volume-size'?: string | undefined;
    readonly redact?: boolean | undefined;
    readonly attached: boolean;
    readonly 'include-foreign-layers': boolean;
    readonly 'installed-packages-only'?: boolean | undefined;
    readonly concurrency?: number | undefined;
    readonly progress: string;
    readonly quiet: boolean;
    readonly output?: string | undefined;
  };

/**
 * Puts an export together from its flags. What can be wrong with the surroundings shows before the first request.
 * @param passphrase that was asked for already
 */
export async function runExport(
  file: string,
  flags: ExportFlags,
  version: string,
  reporting?: Reporting,
  passphrase?: string,
): Promise<ExportResult> {
  const readBack = flags.verify ? new ReadBack() : undefined;
  const openSink = sinkOpener(file, flags, readBack);
  const signer = await openSigner(flags);
  const flow = new Flow(BLOBS_IN_FLIGHT, flags.concurrency);
  const tools = { flow, signer, reporting, readBack };
  if (!flags.resume) return exportAnew(file, flags, { ...tools, openSink, version, passphrase });
  const { value, seconds } = await runShown(
    ROUTES.resumed,
    { ...flags, flow, recorder: reporting?.recorder, wayOn: () => wayOnFrom(file, flags) },
    context => locked(file, () => resume(file, flags, { ...tools, ...context })),
  );
  return { file, ...value, seconds };
}

interface ExportTools {
  readonly flow: Flow;
  readonly signer: SealSigner | undefined;
  readonly reporting: Reporting | undefined;
  readonly readBack: ReadBack | undefined;
}

async function exportAnew(
  file: string,
  flags: ExportFlags,
  tools: ExportTools & {
    readonly openSink: ReturnType<typeof sinkOpener>;
    readonly version: string;
    readonly passphrase: string | undefined;
  },
): Promise<ExportResult> {
  const { flow, signer, reporting, readBack, openSink } = tools;
  const wanted = await wantedOf(file, flags, tools);
  // Parts may be on small media, which have no room for anything besides.
  const store = new BlobSpool(file === '-' || flags['volume-size'] !== undefined ? undefined : file);
  let sink: KeepingSink | StreamSink | undefined;
  const wayOn = () =>
    (sink?.position ?? 0) === 0 ? NOTHING_YET : file === '-' ? IN_A_PIPE : wayOnFrom(file, flags);
  try {
    const shown = { ...flags, flow, recorder: reporting?.recorder, wayOn };
    const { value, seconds } = await runShown(ROUTES.export, shown, ({ report, signal }) =>
      locked(file, () =>
        connected(flags, flow, report, async reach => {
          readBack?.stopAt(signal);
          sink = await openSink(report);
          const result = await exportFoundation({
            ...reach,
            ...wanted,
            ...{ signer, store, report, signal },
            sink: watchedSink(besideSpool(sink, store), heldBy(file, report)),
            onContents: contents => reporting?.holds(contents),
          });
          return { ...withParts(result, sink), ...readBack?.result };
        }),
      ),
    );
    return { file, ...value, seconds };
  } catch (error) {
    throw sink !== undefined && 'left' in sink ? withWayOn(error, file, flags, sink.left) : error;
  } finally {
    await reporting?.readAhead();
    await store.close();
  }
}

/** What the flags say of the archive itself. */
async function wantedOf(
  file: string,
  flags: ExportFlags,
  { version, passphrase }: { readonly version: string; readonly passphrase: string | undefined },
) {
  const selection = readSelection(flags);
  const createdAt = creationTime();
  const redact = flags.redact ?? false;
  const base = await readBase(file, flags);
  return {
    ...{ selection, createdAt, redact, base },
    sealer: redact ? undefined : await openSealer(flags, passphrase),
    attached: flags.attached,
    foreignLayers: flags['include-foreign-layers'],
    installedPackagesOnly: flags['installed-packages-only'] ?? false,
    tool: { name: TOOL_NAME, version },
  };
}

const IN_A_PIPE = 'what went to standard output cannot be gone on with; export anew';

/** Does some work while nobody else writes the same file. */
async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  if (file === '-') return work();
  const lock = await lockArchive(file);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Tells that a medium keeps writes waiting. */
function heldBy(file: string, report: Report): OnHeld {
  return isHeld => report({ type: isHeld ? 'held' : 'released', subject: file });
}

/** Goes on with what is on the medium; when that turns out to have been wrong, without the layer that was broken off. */
async function resume(file: string, flags: ExportFlags, context: ExportTools & RunContext, again = false) {
  const { flow, report, signal, signer, reporting, readBack } = context;
  report({ type: 'phase', phase: 'read' });
  readBack?.stopAt(signal);
  const { unfinished, openSink } = await readLeftover(file, report, readBack, again);
  reporting?.holds(unfinished.head);
  let sink: KeepingSink | undefined;
  const open = async (position: number) => {
    sink = await openSink(position);
    return watchedSink(sink, heldBy(file, report));
  };
  try {
    const result = await connected(flags, flow, report, reach =>
      resumeExport({ ...reach, unfinished, openSink: open, signer, report, signal }),
    );
    return { ...withParts(result, sink), ...readBack?.result };
  } catch (error) {
    const isBegun = unfinished.hash !== undefined && error instanceof Failure;
    if (isBegun && !again && error.code === 'content-mismatch') return resume(file, flags, context, true);
    // Before there is a sink, what was left is as it was.
    throw withWayOn(error, file, flags, sink?.left ?? 'synced');
  }
}

/** Runs an engine with the cluster and its registries at hand. */
async function connected<T>(
  flags: ExportFlags,
  flow: Flow,
  report: Report,
  work: (reach: Pick<ExportOptions, 'cluster' | 'registries' | 'onPullSecret'>) => Promise<T>,
): Promise<T> {
  report({ type: 'phase', phase: 'connect' });
  const cluster = await openCluster(flags, report);
  const { registries, onPullSecret } = await openRegistries(flags, cluster, report, flow);
  try {
    return await work({ cluster, registries, onPullSecret });
  } finally {
    await Promise.all([cluster.close(), registries.close()]);
  }
}

/** Now, or what SOURCE_DATE_EPOCH says (reproducible-builds.org): the one thing that differs between equal backups. */
function creationTime(): Date {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  if (epoch === undefined || epoch === '') return new Date();
  if (!/^\d{1,11}$/.test(epoch)) {
    throw new Failure('usage', 'SOURCE_DATE_EPOCH is no number of seconds since 1970', {
      subject: epoch.slice(0, 40),
    });
  }
  return new Date(Number(epoch) * 1000);
}
