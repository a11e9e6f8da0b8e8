import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Head } from '../../archive/head.ts';
import { openArchive } from '../../archive/open-archive.ts';
import { reasonOf } from '../../base/errors.ts';
import { Flow } from '../../base/flow.ts';
import { UPLOADS_IN_FLIGHT } from '../../base/limits.ts';
import { ImageMap, type MapRule } from '../../foundation/image-map.ts';
import type { Report } from '../../progress/events.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { RehearseResult } from '../../progress/results/restore.ts';
import { parseAllowed } from '../../restore/checks/scrutiny.ts';
import type { DomainRule } from '../../restore/domains.ts';
import { prepareRestore, type Restore } from '../../restore/restore.ts';
import { parseWaitTimeouts } from '../../restore/wait-timeouts.ts';
import type { EmbeddedFoundation } from '../../sandbox/foundation.ts';
import { examine, furnish, type RehearsedKorifi, startRehearsal } from '../../sandbox/rehearsal/rehearsal.ts';
import { type BaseFlagValues, giveBases } from '../from-flags/base-archives.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { archiveFrom, nameOf } from '../from-flags/media.ts';
import { openRegistries } from '../from-flags/registries.ts';
import { type MapFlags, mapSettings } from '../from-flags/restore-settings.ts';
import { openOpener } from '../from-flags/secrets.ts';
import { readSelection, type SelectionFlagValues } from '../from-flags/selection.ts';
import { readAllowedSigners } from '../from-flags/signing.ts';
import type { Reporting } from './reporting.ts';
import { runShown } from './run.ts';

type RehearseFlags = Parameters<typeof openOpener>[1] &
  Parameters<typeof readAllowedSigners>[0] &
  SelectionFlagValues &
  Omit<MapFlags, 'registry-map'> &
  BaseFlagValues & {
    readonly tasks?: string | undefined;
    readonly allow?: string[] | undefined;
    readonly 'wait-timeout'?: string[] | undefined;
    readonly progress: string;
    readonly quiet: boolean;
  };

/** Controllers in this process answer at once; what is not ready by then never will be. */
const WAIT = '60s';
const DEFAULT_DOMAIN = { object: 'default-domain', name: 'apps.rehearsal.example.com' };

/** A whole restore, by the same engine, into a foundation of this process. */
export async function runRehearse(
  files: readonly string[],
  flags: RehearseFlags,
  reporting?: Reporting,
): Promise<RehearseResult> {
  const shown = { ...flags, recorder: reporting?.recorder };
  const asked = await settingsOf(flags);
  const signers = await readAllowedSigners(flags);
  const { from, ...ask } = archiveFrom(files);
  const archive = await openArchive(from, { ...ask, signers, resourcesAside: true });
  reporting?.holds(archive.head);
  const open: Closing[] = [() => archive.close(), async () => reporting?.readAhead()];
  try {
    await giveBases(archive, nameOf(files), flags);
    const opener = await openOpener(archive.head, flags);
    const foundation = await startRehearsal();
    open.push(() => foundation.stop());
    const imageRules = rulesFor(archive.head, foundation);
    await furnish(foundation, korifiOf(archive.head, imageRules, asked.domainRules));
    const { value: restore } = await runShown(ROUTES.check, shown, async ({ report, signal }) =>
      prepareRestore({
        ...(await reach(foundation, report, open)),
        ...{ archive, opener, report, signal },
        ...asked,
        imageRules,
        existingTags: 'overwrite',
        onExisting: 'skip',
        orphanedNames: 'keep',
        start: true,
        loginAt: async () => undefined,
        rehearsed: true,
      }),
    );
    return { file: nameOf(files), ...(await play(restore, foundation, shown)) };
  } finally {
    for (const close of open.reverse()) await close();
  }
}

type Closing = () => Promise<unknown>;

async function settingsOf(flags: RehearseFlags) {
  return {
    ...(await mapSettings(flags)),
    allowed: parseAllowed(flags.allow ?? []),
    selection: readSelection(flags),
    tasks: flags.tasks === 'history',
    waitTimeouts: parseWaitTimeouts([WAIT, ...(flags['wait-timeout'] ?? [])]),
  };
}

/** The foundation's cluster and registry, as those of any other are reached. @param open gets what is to be closed */
async function reach({ kubeconfig }: EmbeddedFoundation, report: Report, open: Closing[]) {
  report({ type: 'phase', phase: 'connect' });
  const directory = await mkdtemp(join(tmpdir(), 'asa-backup-rehearsal-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const cluster = await openCluster({ kubeconfig: file }, report);
  open.push(() => cluster.close());
  const flow = new Flow(UPLOADS_IN_FLIGHT);
  const { registries, onPullSecret } = await openRegistries({}, cluster, report, flow);
  open.push(() => registries.close());
  return { cluster, registries, onPullSecret };
}

async function play(
  restore: Restore,
  foundation: EmbeddedFoundation,
  shown: Parameters<typeof runShown>[1],
): Promise<Omit<RehearseResult, 'file'>> {
  let applying = 0;
  const { value, seconds } = await runShown(ROUTES.restore, shown, async ({ report, signal }) => {
    const timed: Report = event => {
      if (event.type === 'phase' && event.phase === 'resources') applying = performance.now();
      report(event);
    };
    const done = await restore.run(timed, signal);
    return { ...done, seconds: (performance.now() - applying) / 1000 };
  });
  const { bytes, objects } = restore.review;
  return {
    restore: { ...value, seconds },
    problems: await soundness(foundation),
    estimate: { bytes, objects, applySeconds: value.seconds },
    seconds,
  };
}

async function soundness(foundation: EmbeddedFoundation): Promise<string[]> {
  try {
    await foundation.settle();
    return await examine(foundation);
  } catch (error) {
    return [
      `the restored foundation does not come to rest: ${reasonOf(error)}`,
      ...(await examine(foundation)),
    ];
  }
}

/** Every registry of the archive has a place of its own in the rehearsal's. */
function rulesFor({ plan }: Head, { registry }: EmbeddedFoundation): MapRule[] {
  const prefix = plan.source.korifi?.containerRepositoryPrefix;
  const places = [
    ...plan.images.map(({ repository }) => repository),
    ...(prefix === undefined ? [] : [prefix]),
  ];
  const hosts = new Set(places.map(place => place.replace(/\/.*$/s, '')));
  return [...hosts].map(host => ({
    from: `${host}/`,
    to: `${registry.host}/${host.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-')}/`,
  }));
}

/** The default domain has the name that a person gives it on the target; other domains come with the archive. */
function korifiOf(
  { plan }: Head,
  rules: readonly MapRule[],
  domainRules: readonly DomainRule[],
): RehearsedKorifi | undefined {
  const { korifi } = plan.source;
  if (korifi === undefined) return undefined;
  const { containerRepositoryPrefix: prefix = '', domains = [], defaultDomain } = korifi;
  const { object, name } = domains.find(one => one.name === defaultDomain) ?? DEFAULT_DOMAIN;
  const renamed = domainRules.find(({ from }) => from === name)?.to ?? name;
  return {
    rootNamespace: korifi.rootNamespace,
    prefix: new ImageMap(rules).mapRepository(prefix) ?? prefix,
    registrySecrets: korifi.containerRegistrySecretNames,
    defaultDomain: { object, name: renamed },
    ...(korifi.version !== undefined && { version: korifi.version }),
    ...(korifi.maxRetainedPackagesPerApp !== undefined && {
      maxRetainedPackages: korifi.maxRetainedPackagesPerApp,
    }),
    ...(korifi.maxRetainedBuildsPerApp !== undefined && {
      maxRetainedBuilds: korifi.maxRetainedBuildsPerApp,
    }),
  };
}
