import type { Head } from '../archive/head.ts';
import { imageContent } from '../archive/images.ts';
import { FORMAT_VERSION, versionOf } from '../archive/plan.ts';
import type { SealSigner } from '../archive/signature.ts';
import type { Sink } from '../archive/sink.ts';
import type { Unfinished } from '../archive/unfinished.ts';
import type { Digest } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { authoritiesOf } from '../foundation/authorities.ts';
import { loginDocument } from '../foundation/login-document.ts';
import type { Report } from '../progress/events.ts';
import { parseReference } from '../registry/reference.ts';
import type { BlobSource, Registries } from '../registry/registry.ts';
import { movedSince } from './moved.ts';
import { type EngineResult, resultOf } from './result.ts';
import { surveySource } from './survey.ts';
import { writeArchive } from './write-archive.ts';

/** What an export goes on from, and where. */
export interface ResumeOptions {
  readonly cluster: Cluster;
  readonly registries: Registries;
  /** What is on the medium. */
  readonly unfinished: Unfinished;
  /** Opens what is on the medium for going on at that byte. */
  readonly openSink: (position: number) => Promise<Sink>;
  readonly signer: SealSigner | undefined;
  readonly onPullSecret: (dockerConfig: string) => void;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/**
 * Goes on with an export that was interrupted, to the same bytes that it would have had.
 *
 *     ask      the cluster for logins and authorities of its registries, and whether it moved since; what it does not
 *              tell is a note, since the plan is on the medium
 *     cut      what is behind the last byte that is provably right
 *     write    the layers that are left, the one that was broken off from where it was, and the seal, which names what
 *              has changed by then
 *
 * Nothing is planned anew. When anything fails, what was written stays, to be gone on with again.
 */
export async function resumeExport(options: ResumeOptions): Promise<EngineResult> {
  const { cluster, registries, unfinished, openSink, signer, report, signal } = options;
  const { head } = unfinished;
  checkSigner(head, signer);
  report({ type: 'phase', phase: 'list' });
  const { isAnswering, notes } = await askCluster(options);
  for (const text of notes) report({ type: 'note', text });
  const sink = await openSink(unfinished.position);
  try {
    report({ type: 'phase', phase: 'write' });
    const sources = sourcesOf(head);
    let drift: readonly string[] = [];
    const askDrift = async () => {
      if (isAnswering) drift = (await movedSince(head, cluster, signal)).names;
      return [...drift];
    };
    await writeArchive({
      ...{ head, sources, sink, registries, signer, report, signal },
      from: unfinished,
      drift: askDrift,
    });
    report({ type: 'phase', phase: 'finish' });
    const result = resultOf(head.plan, sink.position, signer);
    return { ...result, drift, notes: [...result.notes, ...notes] };
  } catch (error) {
    await sink.abort(true);
    throw error;
  }
}

/** Whether an archive is signed is in its plan. */
function checkSigner({ plan }: Head, signer: SealSigner | undefined): void {
  // Of one that has its version for another reason too, nothing says whether it was to be signed.
  if (versionOf(plan, false) === plan.formatVersion && plan.formatVersion !== FORMAT_VERSION) return;
  const isSigned = plan.formatVersion !== FORMAT_VERSION;
  if (isSigned === (signer !== undefined)) return;
  throw new Failure(
    'usage',
    isSigned ? 'this export was begun with --sign-key' : 'this export was begun without --sign-key',
    {
      hints: [isSigned ? 'pass --sign-key with the same key' : 'leave --sign-key out'],
    },
  );
}

/** @returns whether it answers, and what is to be told. */
async function askCluster({
  cluster,
  registries,
  unfinished,
  signal,
  onPullSecret,
}: ResumeOptions): Promise<{ isAnswering: boolean; notes: readonly string[] }> {
  try {
    const surface = await cluster.discover(signal);
    const { authorities, authoritySecrets } = await surveySource(cluster, surface, signal);
    for (const { pem } of authorities) registries.trust(pem);
    const secrets = surface.find('', 'Secret', ['v1']);
    const pages = secrets === undefined ? [] : cluster.list(secrets, signal === undefined ? {} : { signal });
    for await (const page of pages) {
      for (const object of page) {
        for (const { pem } of authoritiesOf(object, authoritySecrets)) registries.trust(pem);
        const logins = loginDocument(object);
        if (logins !== undefined) onPullSecret(logins);
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    const note = `the cluster gave no logins for its registries, and whether it moved was not checked: ${reasonOf(error)}`;
    return { isAnswering: false, notes: [note] };
  }
  const { notes } = await movedSince(unfinished.head, cluster, signal);
  return { isAnswering: true, notes };
}

/** Where the archive's layers are; the manifests know where foreign ones are. */
function sourcesOf(head: Head): BlobSource[] {
  const named = new Map<Digest, { mediaType: string; urls?: string[] }>();
  for (const image of head.plan.images) {
    for (const layer of imageContent(head, image).layers) named.set(layer.digest, layer);
  }
  return head.layers.map(({ digest, size, repositories }) => {
    const { mediaType = 'application/octet-stream', urls } = named.get(digest) ?? {};
    return {
      descriptor: { mediaType, digest, size, ...(urls && { urls }) },
      repositories: repositories.map(repository => {
        const { registry, path } = parseReference(repository);
        return { registry, path };
      }),
    };
  });
}
