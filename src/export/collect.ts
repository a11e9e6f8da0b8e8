import type { KorifiFacts, LeftOut, ResourceBlob, Selection } from '../archive/plan.ts';
import { forEachLimit } from '../base/concurrency.ts';
import type { Digest } from '../base/digest.ts';
import { Failure, reasonOf } from '../base/errors.ts';
import { LIST_STREAMS } from '../base/limits.ts';
import type { Loss } from '../base/losses.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiResource, ApiSurface, Cluster } from '../cluster/cluster.ts';
import { type Authority, authoritiesOf } from '../foundation/authorities.ts';
import { CATALOG } from '../foundation/catalog.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { KORIFI } from '../foundation/kinds/common.ts';
import { KorifiObjects, korifiFacts } from '../foundation/korifi-facts.ts';
import { listingStages } from '../foundation/listing-stages.ts';
import { loginDocument } from '../foundation/login-document.ts';
import { redact } from '../foundation/redact.ts';
import { choosesObjects, Selector } from '../foundation/selection.ts';
import { SelectionGraph } from '../foundation/selection-graph.ts';
import { forArchive } from '../foundation/strip.ts';
import { isOfTenants } from '../foundation/tenants.ts';
import type { Report } from '../progress/events.ts';
import { Drift } from './drift.ts';
import { type ImageUse, ImageUses } from './image-uses.ts';
import { InstalledPackages } from './installed.ts';
import { look, type Packing, type Pass, takeAll, takeSelected } from './pass.ts';
import { type Survey, surveySource } from './survey.ts';

/** Everything about the foundation that is not image content. */
export interface Collected {
  /** In the catalog's order; their bytes are in the store, compressed and, for secrets, sealed. */
  readonly blobs: readonly ResourceBlob[];
  readonly objects: Readonly<Record<string, number>>;
  readonly images: readonly ImageUse[];
  /** What is installed of package repositories. */
  readonly installed: ReadonlySet<Digest>;
  readonly korifi: KorifiFacts | undefined;
  /** Kinds of the catalog that the cluster does not serve. */
  readonly absentKinds: readonly string[];
  /** What the selection left out although something in it names it. */
  readonly leftOut: readonly LeftOut[];
  readonly losses: readonly Loss[];
  /** What has changed since it was listed, to be asked at the end. */
  readonly drift: (onUnknown: (kind: string) => void) => Promise<string[]>;
}

/** What is taken of a foundation, and where it goes. */
export interface CollectOptions extends LookOptions, Packing {}

/** Options of a look at a foundation that takes nothing. */
interface LookOptions {
  readonly cluster: Cluster;
  /** Takes what is secret out of every object. */
  readonly redact: boolean;
  /** Undefined takes everything. */
  readonly selection: Selection | undefined;
  readonly report: Report;
  /** Told of every registry login that the foundation holds, kept or not. */
  readonly onPullSecret: (dockerConfig: string) => void;
  /** Told of every authority by which the foundation says that its registries may be signed. */
  readonly onAuthority: (authority: Authority) => void;
  readonly signal?: AbortSignal;
}

/**
 * Lists the catalog's kinds, page by page; what is kept is compressed at once and stored, so memory is a page a stream. What
 * belongs to a selection is known only after everything has been seen: all kinds are listed to learn how their objects
 * hang together, and those that have a part in it once more.
 * @throws Failure `usage` for a selection that names what is not there; `forbidden` or `api-error` when not one kind can
 * be read: a backup of nothing is none.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { cluster, signal } = options;
  const surface = await cluster.discover(signal);
  const survey = await surveySource(cluster, surface, signal);
  for (const authority of survey.authorities) options.onAuthority(authority);
  const { selection } = options;
  if (selection === undefined || !choosesObjects(selection)) {
    const collector = new Collector(options, surface, survey);
    await collector.run(takeAll(survey.facts, options));
    return collector.result([]);
  }
  const { graph, scout } = await scoutFor(options, surface, survey);
  const selected = new Selector(graph).select(selection);
  const collector = new Collector(options, surface, survey, scout.seen);
  await collector.run(takeSelected(selected, graph, kind => !scout.hasSeen(kind), options));
  return collector.result(selected.leftOut);
}

/**
 * How a foundation's objects hang together, for choosing among them. What may not be read is left out: an export tells
 * of it.
 */
export async function surveyFoundation(
  options: Pick<LookOptions, 'cluster' | 'signal'>,
): Promise<SelectionGraph> {
  const { cluster, signal } = options;
  const surface = await cluster.discover(signal);
  const survey = await surveySource(cluster, surface, signal);
  const nothing = () => undefined;
  const silent = { report: nothing, onPullSecret: nothing, onAuthority: nothing };
  const whole = { ...options, ...silent, selection: undefined, redact: false };
  return (await scoutFor(whole, surface, survey)).graph;
}

async function scoutFor(
  options: LookOptions,
  surface: ApiSurface,
  survey: Survey,
): Promise<{ graph: SelectionGraph; scout: Collector }> {
  const graph = new SelectionGraph();
  const scout = new Collector({ ...options, report: withoutLosses(options.report) }, surface, survey);
  await scout.run(look(survey.facts, graph));
  return { graph, scout };
}

/** What cannot be read the first time cannot be read the second time, and is told then. */
function withoutLosses(report: Report): Report {
  return event => event.type !== 'loss' && report(event);
}

/** Facts that stand in objects which need not be kept themselves. */
interface Seen {
  readonly installed?: InstalledPackages;
  /** Some object that says which Korifi made it. */
  readonly korifi?: KorifiObjects;
}

class Collector {
  readonly #options: LookOptions;
  readonly #surface: ApiSurface;
  readonly #survey: Survey;
  readonly #images = new ImageUses();
  readonly #installed: InstalledPackages;
  readonly #packed = new Map<KindDescriptor, ResourceBlob[]>();
  readonly #absent: KindDescriptor[] = [];
  readonly #losses = new Map<KindDescriptor, Loss>();
  readonly #failures = new Map<KindDescriptor, Failure>();
  readonly #korifi: KorifiObjects;
  readonly #drift = new Drift();
  /** Tried after those of operators: somebody may know a registry, and not be let in everywhere. */
  readonly #tenantLogins = new Set<string>();
  #keeps: Pass['keeps'] = () => false;

  /** @param before what was seen by an earlier going through the lists */
  constructor(options: LookOptions, surface: ApiSurface, survey: Survey, before: Seen = {}) {
    this.#options = options;
    this.#surface = surface;
    this.#survey = survey;
    this.#korifi = before.korifi ?? new KorifiObjects();
    this.#installed = before.installed ?? new InstalledPackages();
  }

  /** Lists what the pass lists, kinds that ask for others before those. */
  async run(pass: Pass): Promise<void> {
    this.#keeps = pass.keeps;
    for (const stage of listingStages(CATALOG)) {
      const kinds = stage.filter(descriptor => pass.lists(descriptor));
      await forEachLimit(kinds, LIST_STREAMS, descriptor => this.#take(descriptor, pass));
    }
    for (const logins of this.#tenantLogins) this.#options.onPullSecret(logins);
    this.#throwIfBlind();
  }

  get seen(): Seen {
    return { installed: this.#installed, korifi: this.#korifi };
  }

  hasSeen(descriptor: KindDescriptor): boolean {
    return this.#packed.has(descriptor);
  }

  /** Lists one kind. What may not be read is a loss; the other kinds go on. */
  async #take(descriptor: KindDescriptor, pass: Pass): Promise<void> {
    const { report } = this.#options;
    const resource = this.#surface.find(descriptor.group, descriptor.kind, descriptor.versions);
    if (resource === undefined) {
      const reason = this.#surface.silence(descriptor.group, descriptor.versions);
      if (reason === undefined) this.#absent.push(descriptor);
      else this.#lose(descriptor, 'kind-failed', `the API server does not answer for it: ${reason}`);
      return;
    }
    try {
      this.#packed.set(descriptor, await this.#list(descriptor, resource, pass));
    } catch (error) {
      if (!(error instanceof Failure) || (error.code !== 'forbidden' && error.code !== 'api-error'))
        throw error;
      this.#failures.set(descriptor, error);
      report({ type: 'listed', kind: descriptor.kind, objects: 0, done: true });
      this.#lose(descriptor, error.code === 'forbidden' ? 'kind-forbidden' : 'kind-failed', reasonOf(error));
    }
  }

  async #list(descriptor: KindDescriptor, resource: ApiResource, pass: Pass): Promise<ResourceBlob[]> {
    const { cluster, redact: redacts, report, signal } = this.#options;
    const shelf = pass.shelf(descriptor, resource);
    let images = new ImageUses();
    let objects = 0;
    const pages = cluster.list(resource, {
      ...(descriptor.fieldSelector === undefined ? {} : { fieldSelector: descriptor.fieldSelector }),
      ...(signal === undefined ? {} : { signal }),
      onRevision: revision => this.#drift.note(descriptor, resource, revision),
      onRestart: () => {
        shelf.discard();
        images = new ImageUses();
        objects = 0;
      },
    });
    for await (const page of pages) {
      for (const object of page) {
        this.#observe(descriptor, object);
        if (!pass.keeps(descriptor, object)) continue;
        images.add(descriptor, CATALOG.indexOf(descriptor), object);
        shelf.add(redacts ? redact(descriptor, forArchive(object)) : object);
        objects++;
      }
      // Loop and list would hold it while the next one comes.
      page.length = 0;
      report({ type: 'listed', kind: descriptor.kind, objects, done: false });
    }
    report({ type: 'listed', kind: descriptor.kind, objects, done: true });
    this.#images.addAll(images);
    return shelf.finish();
  }

  /** Facts that stand in objects which need not be kept themselves: versions, registry logins, what is installed. */
  #observe(descriptor: KindDescriptor, object: KubeObject): void {
    this.#installed.see(descriptor, object);
    if (object.apiVersion.startsWith(KORIFI)) this.#korifi.see(object);
    for (const authority of authoritiesOf(object, this.#survey.authoritySecrets)) {
      this.#options.onAuthority(authority);
    }
    const logins = loginDocument(object);
    if (logins === undefined) return;
    if (isOfTenants(object)) this.#tenantLogins.add(logins);
    else this.#options.onPullSecret(logins);
  }

  #lose(descriptor: KindDescriptor, kind: Loss['kind'], reason: string): void {
    const subject = descriptor.group === '' ? descriptor.kind : `${descriptor.kind}.${descriptor.group}`;
    const loss: Loss = { kind, subject, reason };
    this.#losses.set(descriptor, loss);
    this.#options.report({ type: 'loss', loss });
  }

  #throwIfBlind(): void {
    const first = CATALOG.find(descriptor => this.#failures.has(descriptor));
    if (first !== undefined && this.#packed.size === 0) throw this.#failures.get(first);
  }

  /** Everything in the catalog's order, whichever listing ended first. */
  result(leftOut: readonly LeftOut[]): Collected {
    const inOrder = <T>(pick: (descriptor: KindDescriptor) => T | undefined): T[] =>
      CATALOG.map(pick).filter(value => value !== undefined);
    const blobs = inOrder(descriptor => this.#packed.get(descriptor)).flat();
    const objects: Record<string, number> = {};
    for (const { kind, objects: more } of blobs) objects[kind] = (objects[kind] ?? 0) + more;
    return {
      blobs,
      objects,
      images: this.#images.inOrder(),
      installed: this.#installed.digests(),
      korifi: korifiFacts(this.#survey.configs, this.#korifi),
      absentKinds: CATALOG.filter(descriptor => this.#absent.includes(descriptor)).map(({ kind }) => kind),
      leftOut,
      losses: inOrder(descriptor => this.#losses.get(descriptor)),
      drift: onUnknown =>
        this.#drift.find(this.#options.cluster, this.#keeps, onUnknown, this.#options.signal),
    };
  }
}
