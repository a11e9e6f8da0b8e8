import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveBroker } from './broker.ts';
import { check, identities, lostImages, surroundings } from './checks.ts';
import { removeOrg } from './cleanup.ts';
import { checkManaged } from './managed.ts';
import { type LiveOrg, pushPackage } from './org.ts';
import type { Side } from './stage.ts';
import { differenceFrom, verdict } from './verdict.ts';

interface TrialOptions {
  readonly source: Side;
  readonly target: Side;
  readonly org: LiveOrg;
  readonly broker: LiveBroker | undefined;
  readonly archive: string;
  restore(archive: string, ...flags: readonly string[]): Promise<void>;
  /** @throws Error when the archive and the target differ. */
  compare(archive: string, ...flags: readonly string[]): Promise<void>;
  /** Takes the last restore back. */
  undo(): Promise<void>;
  say(text: string): void;
  /** Waits as long as nothing may change. */
  settle(): Promise<void>;
}

/** Korifi keeps five packages of an app unless told otherwise. */
const RETAINED = 5;
const PATIENCE_MS = 60_000;
const LOOK_MS = 1000;

/** What is done with one archive, and what has to hold afterwards. */
export class Trial {
  readonly #parts: TrialOptions;

  constructor(parts: TrialOptions) {
    this.#parts = parts;
  }

  /** A restore, and its undo. */
  async thereAndBack(how: string, { tasks = false } = {}): Promise<void> {
    const { source, target, org, broker, archive, restore, compare, undo, settle } = this.#parts;
    const more = tasks ? ['--tasks', 'history'] : [];
    const around = () => surroundings(target, [target.korifi.rootNamespace, org.guid, org.space]);
    const before = await around();
    broker?.newCalls();
    await restore(archive, ...more);
    this.#report(`right after the restore ${how}`, await this.#wrong(tasks));
    const restored = await identities(target, org);
    await settle();
    const later = await identities(target, org);
    const gone = [...restored].filter(object => !later.has(object)).map(object => `${object} is gone`);
    this.#report('when nothing should have changed any more', [...gone, ...(await this.#wrong(tasks))]);
    await compare(archive, ...more);
    await undo();
    const left = await differenceFrom(before, around);
    const lost = (await lostImages(source, org)).map(image => `of the source ${image}`);
    this.#report(`after the undo ${how}`, [...left, ...lost, ...this.#asked()]);
  }

  /** Where the registry is shared: cleaners on the target, and the end of the restored org, leave the source whole. */
  async outliveCleaners(): Promise<void> {
    const { source, target, org, archive, restore } = this.#parts;
    await restore(archive);
    const old = new Set((await target.list('CFPackage', [org.space])).map(({ metadata }) => metadata.name));
    const limit = target.korifi.maxRetainedPackagesPerApp ?? RETAINED;
    for (let push = 0; push <= limit; push++) {
      await pushPackage(target, org, org.stopped);
      await sleep(LOOK_MS);
    }
    const cleaned = async () => {
      const left = await target.list('CFPackage', [org.space]);
      return left.filter(({ metadata }) => old.has(metadata.name)).length < old.size;
    };
    for (const end = Date.now() + PATIENCE_MS; !(await cleaned()); await sleep(LOOK_MS)) {
      if (Date.now() > end) throw new Error(`the cleaner of ${target.context} deletes no package`);
    }
    this.#report("after Korifi's cleaner on the target", await lostImages(source, org));
    await removeOrg(target, org);
    this.#report('after the restored org was deleted by Korifi', await lostImages(source, org));
  }

  async #wrong(tasks: boolean): Promise<string[]> {
    const { source, target, org } = this.#parts;
    const ofService = org.managed ? await checkManaged(source, target, org, org.managed) : [];
    return [...(await check(source, target, org, tasks)), ...ofService, ...this.#asked()];
  }

  #asked(): string[] {
    return (this.#parts.broker?.newCalls() ?? []).map(call => `the broker was asked to ${call}`);
  }

  #report(when: string, problems: readonly string[]): void {
    this.#parts.say(verdict(when, problems));
  }
}
