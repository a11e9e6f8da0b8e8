import type { ArchiveReader } from '../../archive/reader.ts';
import { readObjects } from '../../archive/resources.ts';
import type { SecretOpener } from '../../archive/secrets.ts';
import { Flow } from '../../base/flow.ts';
import { UPLOADS_IN_FLIGHT } from '../../base/limits.ts';
import type { ApiCluster } from '../../cluster/client.ts';
import { type MapRule, parseMapRule } from '../../foundation/image-map.ts';
import { oneLine } from '../../progress/format.ts';
import { fieldText } from '../../progress/report-parts.ts';
import { treeOfArchive } from '../../restore/archive-tree.ts';
import { parseDomainRule } from '../../restore/domains.ts';
import type { Login } from '../../restore/logins.ts';
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
import { openCluster } from '../from-flags/cluster.ts';
import { loginIn, parsePullSecretRule, withPullSecrets } from '../from-flags/pull-secrets.ts';
import { type OpenRegistries, openRegistries, registriesWith } from '../from-flags/registries.ts';
import { restoreSettings } from '../from-flags/restore-settings.ts';
import { openOpener } from '../from-flags/secrets.ts';
import { readSelection } from '../from-flags/selection.ts';
import type { RestoreFlags } from '../runs/restore.ts';
import { withAnswers } from './answers.ts';
import { checkDomains } from './domains.ts';
import { anywhereIn, checkLogins } from './logins.ts';
import { misspelt } from './misspelt.ts';
import { unreadable, wholePath } from './paths.ts';
import { checkPeople, type People } from './people.ts';
import { checkPlaces } from './places.ts';
import { factsOfTarget, foundRules, namedIn, peopleOn } from './target-facts.ts';
import { foundationOf } from './tree.ts';

interface Connected {
  readonly cluster: ApiCluster;
  readonly registries: OpenRegistries;
  readonly target: Target;
  readonly facts: TargetFacts;
  /** What both sides' configuration says of images. */
  readonly found: readonly MapRule[];
  /** Who has roles on the target. */
  readonly people: People;
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

  async unlock(key: SecretKey): Promise<boolean> {
    const { head } = this.#archive;
    try {
      const opener = await (key.kind === 'passphrase'
        ? openOpener(head, {}, { passphrase: key.passphrase })
        : openOpener(
            head,
            { identity: [wholePath(key.path)] },
            { passphrase: key.passphrase, askForKey: refuseToAsk },
          ).catch(error => {
            throw unreadable(error, key.path);
          }));
      // A key is wrong only when it opens nothing: one blob tells.
      const sealed = head.plan.resources.find(({ title }) => title.endsWith('.age'));
      if (sealed !== undefined) for await (const _ of readObjects(head, sealed, opener)) break;
      this.#opener = opener;
    } catch (error) {
      if (error instanceof KeyIsLocked) return false;
      throw error;
    }
    this.#foundation = undefined;
    return true;
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
    const store = new ObjectStore(head, this.#opener);
    const tasks = this.#flags.tasks === 'history';
    const graph = await surveyObjects(store, head.plan.source.korifi, { tasks });
    return foundationOf(treeOfArchive(head, graph), graph, readSelection(this.#flags) ?? {});
  }

  async target(): Promise<TargetFacts> {
    return (await this.#connect()).facts;
  }

  async tryPlaces(rules: readonly Rule[]): Promise<PlaceCheck[]> {
    const wrong = misspelt(rules);
    if (wrong.length > 0) return wrong;
    const { cluster, registries, facts, target, found, people } = await this.#connect();
    const said = (what: Rule['what']) =>
      rules.filter(rule => rule.what === what).map(({ from, to }) => `${from}=${to}`);
    const froms = (what: Rule['what']) =>
      facts.places.filter(place => place.what === what).map(({ from }) => from);
    const images = said('registry').map(parseMapRule);
    const domains = said('domain').map(parseDomainRule);
    return [
      ...(await checkPlaces(this.#archive.head, froms('registry'), images, found, registries.registries)),
      ...checkDomains(froms('domain'), domains, target.korifi),
      ...(await checkLogins(facts.places, {
        rules,
        images: [...images, ...found],
        loginAt: registries.loginAt,
        loginIn: (rule, registry) => loginIn(cluster, rule, registry),
        tryLogin: (registry, login) => this.#tryLogin(registry, login),
      })),
      ...checkPeople(facts.places, rules, people),
    ];
  }

  /** A connection of its own, which has this login and no other. */
  async #tryLogin(registry: string, login: Login | undefined): Promise<void> {
    const { cluster, registries } = await this.#connect();
    const credential = login && ({ kind: 'password', ...login } as const);
    const alone = registriesWith(
      { for: async (_, refused = 0) => (refused === 0 ? credential : undefined) },
      {
        flags: this.#flags,
        cluster,
        report: () => {},
        flow: new Flow(UPLOADS_IN_FLIGHT),
        authorities: registries.authorities,
      },
    );
    try {
      await alone.hasManifest(anywhereIn(registry), this.#signal);
    } finally {
      await alone.close();
    }
  }

  async examine(answers: Answers): Promise<Examined> {
    const { cluster, registries } = await this.#connect();
    const flags = withAnswers(this.#flags, answers);
    const secrets = (flags['pull-secret-map'] ?? []).map(parsePullSecretRule);
    const restore = await examineRestore({
      ...(await restoreSettings(flags)),
      ...registries,
      loginAt: withPullSecrets(secrets, cluster, registries.loginAt),
      cluster,
      archive: this.#archive,
      opener: this.#opener,
      report: () => {},
      signal: this.#signal,
    });
    const { findings, waves, objects, images, bytes } = restore.review;
    const [there, conflicts] = await Promise.all([restore.existing(), restore.conflicts(this.#signal)]);
    return {
      findings: findings.map(({ code, severity, text, subject, hint }) => ({
        severity,
        text: oneLine(text),
        ...(hint !== undefined && { hint: oneLine(hint) }),
        ...(code.startsWith('untrusted-') && subject !== undefined && { allow: subject }),
      })),
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
      const { head } = this.#archive;
      const target = await surveyTarget(cluster, this.#signal);
      // How pull secrets are to log in is asked here, so what the flags say of it is one suggestion among others.
      const registries = await openRegistries(
        { ...this.#flags, 'pull-secret-map': undefined },
        cluster,
        () => {},
        flow,
      );
      const [named, people] = await Promise.all([
        namedIn(head, this.#opener),
        peopleOn(cluster, target, this.#signal),
      ]);
      for (const login of [...named.logins.documents, ...target.logins]) registries.onPullSecret(login);
      const sides = { cluster, target, head, flags: this.#flags, named, there: people };
      const facts = await factsOfTarget(sides);
      return { cluster, registries, target, found: foundRules(head, target), facts, people };
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }
}

class KeyIsLocked extends Error {}

/** The terminal is the wizard's, which asks for it then. */
async function refuseToAsk(): Promise<string> {
  throw new KeyIsLocked();
}
