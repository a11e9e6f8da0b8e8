import { openFileSink } from '../archive/file-sink.ts';
import type { Sink } from '../archive/sink.ts';
import { StreamSink } from '../archive/stream-sink.ts';
import { parseVolumeSize } from '../archive/volumes/size.ts';
import { openVolumeSink, VolumeSink } from '../archive/volumes/volume-sink.ts';
import { Failure } from '../base/errors.ts';
import { Flow } from '../base/flow.ts';
import { BLOBS_IN_FLIGHT } from '../base/limits.ts';
import { exportFoundation } from '../export/export.ts';
import { ROUTES } from '../progress/phases.ts';
import type { ExportResult } from '../progress/results.ts';
import { openCluster } from './cluster.ts';
import { mediumAsker } from './media.ts';
import { TOOL_NAME } from './names.ts';
import { openRegistries } from './registries.ts';
import type { Reporting } from './reporting.ts';
import { runShown } from './run.ts';
import { openSealer } from './secrets.ts';
import { readSelection, type SelectionFlagValues } from './selection.ts';
import { openSigner } from './signing.ts';

type ExportFlags = Parameters<typeof openSealer>[0] &
  Parameters<typeof openSigner>[0] &
  Parameters<typeof openRegistries>[0] &
  Parameters<typeof openCluster>[0] &
  SelectionFlagValues & {
    readonly overwrite: boolean;
    readonly 'volume-size'?: string | undefined;
    readonly attached: boolean;
    readonly 'include-foreign-layers': boolean;
    readonly 'installed-packages-only'?: boolean | undefined;
    readonly concurrency?: number | undefined;
    readonly progress: string;
    readonly quiet: boolean;
    readonly output?: string | undefined;
  };

/** Puts an export together from its flags. What can be wrong with the surroundings shows before the first request. */
export async function runExport(
  file: string,
  flags: ExportFlags,
  version: string,
  reporting?: Reporting,
): Promise<ExportResult> {
  if (file === '-' && flags.output !== undefined) {
    throw new Failure('usage', 'standard output is taken by the archive', {
      hints: ['leave --output out, or write the archive to a file'],
    });
  }
  if (file === '-' && flags['volume-size'] !== undefined) {
    throw new Failure('usage', 'parts are files, and standard output is none', {
      hints: ['give a file name, or leave --volume-size out'],
    });
  }
  const openSink = sinkOpener(file, flags);
  const flow = new Flow(BLOBS_IN_FLIGHT, flags.concurrency);
  const selection = readSelection(flags);
  const createdAt = creationTime();
  const sealer = await openSealer(flags);
  const signer = await openSigner(flags);
  const shown = { ...flags, recorder: reporting?.recorder };
  const { value, seconds } = await runShown(ROUTES.export, shown, async ({ report, signal }) => {
    report({ type: 'phase', phase: 'connect' });
    const cluster = await openCluster(flags, report);
    const { registries, onPullSecret } = await openRegistries(flags, cluster, report, flow);
    try {
      const sink = await openSink();
      const tool = { name: TOOL_NAME, version };
      const result = await exportFoundation({
        cluster,
        registries,
        sink,
        sealer,
        selection,
        signer,
        attached: flags.attached,
        foreignLayers: flags['include-foreign-layers'],
        installedPackagesOnly: flags['installed-packages-only'] ?? false,
        onPullSecret,
        onContents: contents => reporting?.holds(contents),
        createdAt,
        tool,
        report,
        signal,
      });
      return { ...result, parts: sink instanceof VolumeSink ? [...sink.parts] : [] };
    } finally {
      await Promise.all([cluster.close(), registries.close()]);
    }
  });
  return { file, ...value, seconds };
}

/** Where the archive goes; what can be known beforehand to be wrong with that is thrown here. */
function sinkOpener(file: string, flags: ExportFlags): () => Promise<Sink> {
  if (file === '-') {
    const stdout = new StreamSink();
    return async () => stdout;
  }
  const { overwrite, 'volume-size': size } = flags;
  if (size === undefined) return () => openFileSink(file, { overwrite });
  const volumeBytes = parseVolumeSize(size);
  const nextMedium = mediumAsker();
  return () => openVolumeSink(file, { overwrite, volumeBytes, ...(nextMedium && { nextMedium }) });
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
