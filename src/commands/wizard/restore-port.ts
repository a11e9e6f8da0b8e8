import type { ArchiveReader } from '../../archive/reader.ts';
import { readObjects } from '../../archive/resources.ts';
import type { SecretOpener } from '../../archive/secrets.ts';
import { Failure } from '../../base/errors.ts';
import { Flow } from '../../base/flow.ts';
import { UPLOADS_IN_FLIGHT } from '../../base/limits.ts';
import type { ApiCluster } from '../../cluster/client.ts';
import { type MapRule, parseMapRule } from '../../foundation/image-map.ts';
import { texts } from '../../foundation/path.ts';
import { oneLine } from '../../progress/format.ts';
import { fieldText } from '../../progress/report-parts.ts';
import { treeOfArchive } from '../../restore/archive-tree.ts';
import { parseDomainRule } from '../../restore/domains.ts';
import { examineRestore } from '../../restore/restore.ts';
import { surveyObjects } from '../../restore/selection.ts';
import { ObjectStore } from '../../restore/store.ts';
import { surveyTarget, type Target } from '../../restore/target.ts';
import type {
  Answers,
  Examined,
  Foundation,
  PlaceCheck,
  RestorePort,
  Rule,
  SecretKey,
  TargetFacts,
} from '../../ui/wizard/port.ts';
import { openCluster } from '../cluster.ts';
import { type OpenRegistries, openRegistries } from '../registries.ts';
import { restoreSettings } from '../restore-settings.ts';
import type { RestoreFlags } from '../run-restore.ts';
import { openOpener } from '../secrets.ts';
import { readSelection } from '../selection.ts';
import { withAnswers } from './answers.ts';
import { checkDomains, domainsOf } from './domains.ts';
import { wholePath } from './paths.ts';
import { checkPlaces, registriesOf } from './places.ts';
import { foundationOf } from './tree.ts';

interface Connected {
  readonly cluster: ApiCluster;
  readonly registries: OpenRegistries;
  readonly target: Target;
  readonly facts: TargetFacts;
  /** What both sides' configuration says of images. */
  readonly found: readonly MapRule[];
}

/** The engines of a restore behind the wizard's questions. Nothing is written through it. */
export class ArchivePort implements RestorePort {
  readonly #archive: ArchiveReader;
  readonly #flags: RestoreFlags;
  readonly #signal: AbortSignal;
  #opener: SecretOpener | undefined;
  #foundation: Promise<Foundation> | undefined;
  #connected: Promise<Connected> | undefined;

  /** @param opener where the flags opened the secrets already */
  constructor(
    archive: ArchiveReader,
    flags: RestoreFlags,
    opener: SecretOpener | undefined,
    signal: AbortSignal,
  ) {
    this.#archive = archive;
    this.#flags = flags;
    this.#opener = opener;
    this.#signal = signal;
  }

  async unlock(key: SecretKey): Promise<void> {
    const { head } = this.#archive;
    const opener = await (key.kind === 'passphrase'
      ? openOpener(head, {}, { passphrase: key.passphrase })
      : openOpener(head, { identity: [wholePath(key.path)] }, { askForKey: refuseToAsk }));
    // A key is wrong only when it opens nothing: one blob tells.
    const sealed = head.plan.resources.find(({ title }) => title.endsWith('.age'));
    if (sealed !== undefined) for await (const _ of readObjects(head, sealed, opener)) break;
    this.#opener = opener;
    this.#foundation = undefined;
  }

  /** Once for each key: it may have been asked for ahead. */
  survey(): Promise<Foundation> {
    this.#foundation ??= this.#survey().catch(error => {
      this.#foundation = undefined;
      throw error;
    });
    return this.#foundation;
  }

  async #survey(): Promise<Foundation> {
    const { head } = this.#archive;
    const graph = await surveyObjects(new ObjectStore(head, this.#opener), head.plan.source.korifi);
    return foundationOf(treeOfArchive(head, graph), graph, readSelection(this.#flags) ?? {});
  }

  async target(): Promise<TargetFacts> {
    return (await this.#connect()).facts;
  }

  async tryPlaces(rules: readonly Rule[]): Promise<PlaceCheck[]> {
    const { registries, facts, target, found } = await this.#connect();
    const said = (what: Rule['what']) =>
      rules.filter(rule => rule.what === what).map(({ from, to }) => `${from}=${to}`);
    const froms = (what: Rule['what']) =>
      facts.places.filter(place => place.what === what).map(({ from }) => from);
    const images = said('registry').map(parseMapRule);
    const domains = said('domain').map(parseDomainRule);
    return [
      ...(await checkPlaces(this.#archive.head, froms('registry'), images, found, registries.registries)),
      ...checkDomains(froms('domain'), domains, target.korifi),
    ];
  }

  async examine(answers: Answers): Promise<Examined> {
    const { cluster, registries } = await this.#connect();
    const restore = await examineRestore({
      ...(await restoreSettings(withAnswers(this.#flags, answers))),
      ...registries,
      cluster,
      archive: this.#archive,
      opener: this.#opener,
      report: () => {},
      signal: this.#signal,
    });
    const { findings, waves, objects, images, bytes } = restore.review;
    const [there, conflicts] = await Promise.all([restore.existing(), restore.conflicts(this.#signal)]);
    return {
      findings,
      waves: waves.map((wave, index) => ({ ...wave, there: there[index] ?? 0 })),
      differs: conflicts.map(({ subject, fields }) => ({
        subject: oneLine(subject),
        fields: fields.map(field => oneLine(fieldText(field))),
      })),
      objects,
      images,
      bytes,
    };
  }

  async close(): Promise<void> {
    const connected = await this.#connected?.catch(() => undefined);
    await Promise.all([connected?.cluster.close(), connected?.registries.registries.close()]);
  }

  /** One connection serves all steps; one that failed is tried anew when it is asked for again. */
  #connect(): Promise<Connected> {
    this.#connected ??= this.#open().catch(error => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }

  async #open(): Promise<Connected> {
    const flow = new Flow(UPLOADS_IN_FLIGHT, this.#flags.concurrency);
    const cluster = await openCluster(this.#flags, () => {});
    try {
      const target = await surveyTarget(cluster, this.#signal);
      const registries = await openRegistries(this.#flags, cluster, () => {}, flow);
      for (const login of [...(await this.#logins()), ...target.logins]) registries.onPullSecret(login);
      const found = this.#found(target);
      return { cluster, registries, target, found, facts: this.#factsOf(cluster, target, found) };
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Registry logins that the archive holds. */
  async #logins(): Promise<string[]> {
    const { head } = this.#archive;
    const logins: string[] = [];
    for (const blob of head.plan.resources.filter(({ group, kind }) => group === '' && kind === 'Secret')) {
      for await (const secret of readObjects(head, blob, this.#opener)) {
        const [login] = texts(secret, 'data[".dockerconfigjson"]');
        if (login !== undefined) logins.push(Buffer.from(login, 'base64').toString());
      }
    }
    return logins;
  }

  #found({ korifi }: Target): MapRule[] {
    const from = this.#archive.head.plan.source.korifi?.containerRepositoryPrefix;
    const to = korifi?.containerRepositoryPrefix;
    return from === undefined || to === undefined || from === to ? [] : [{ from, to }];
  }

  #factsOf(
    cluster: ApiCluster,
    { korifi, kubernetesVersion }: Target,
    found: readonly MapRule[],
  ): TargetFacts {
    const { head } = this.#archive;
    const source = head.plan.source.korifi;
    const from = source?.containerRepositoryPrefix;
    const to = korifi?.containerRepositoryPrefix;
    const suggest = (registry: string) =>
      from?.startsWith(`${registry}/`) && to !== undefined ? `${to.split('/')[0]}/` : '';
    const imageRules = (this.#flags['registry-map'] ?? []).map(parseMapRule);
    const domainRules = (this.#flags['domain-map'] ?? []).map(parseDomainRule);
    const facts: [string, string][] = [
      ['context', cluster.context],
      ['server', cluster.server],
      ['Kubernetes', kubernetesVersion],
      ['Korifi', korifi === undefined ? 'not installed (yet)' : (korifi.version ?? 'of an unknown version')],
      ['images', to === undefined ? '' : `below ${to}`],
    ];
    return {
      context: cluster.context,
      facts: facts.filter(([, text]) => text !== '').map(([name, text]) => [name, oneLine(text)]),
      places: [...registriesOf(head, imageRules, found, suggest), ...domainsOf(source, korifi, domainRules)],
      found: found.map(rule => `images below ${rule.from} go below ${rule.to}, as Korifi is configured`),
    };
  }
}

/** The terminal is the wizard's. */
async function refuseToAsk(path: string): Promise<string> {
  throw new Failure('usage', 'this key has a passphrase of its own', {
    subject: path,
    hints: ['begin again with --identity and --passphrase-env or --passphrase-fd'],
  });
}
