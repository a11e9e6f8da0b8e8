import type { KorifiFacts } from '../archive/plan.ts';
import { Failure } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { KubeObject } from '../base/object.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { replace, texts } from '../foundation/path.ts';

/** A domain of the source is another one on the target. */
export interface DomainRule {
  readonly from: string;
  readonly to: string;
}

/** What decides where domains go. */
interface DomainOptions {
  readonly source: KorifiFacts | undefined;
  /** Undefined where Korifi comes with the archive: its domains come with it then. */
  readonly target: KorifiFacts | undefined;
  /** Those of a person; they go before what both sides' default domains say. */
  readonly rules: readonly DomainRule[];
}

type Domain = NonNullable<KorifiFacts['domains']>[number];

/**
 * Which domain of the target each one of the source is. Routes name a domain by its object, which Korifi's chart calls
 * otherwise than the adapter's package; so two objects are the same domain when their names in `spec` agree. The
 * default domain is the target's own.
 */
export class Domains {
  readonly #options: DomainOptions;
  readonly #source: readonly Domain[];
  readonly #target: readonly Domain[];
  /** Objects of the source by name, to the target's. */
  readonly #objects = new Map<string, string>();
  /** Objects that the archive brings. */
  readonly #brought = new Map<string, string>();
  /** Objects that routes of the archive lead through, with how many do. */
  readonly #used = new Map<string, number>();
  /** Names that package values have. */
  readonly #named = new Set<string>();

  constructor(options: DomainOptions) {
    this.#options = options;
    this.#source = options.source?.domains ?? [];
    this.#target = options.target?.domains ?? [];
    for (const { object, name } of this.#source) {
      const there = this.#target.find(domain => domain.name === this.nameOf(name));
      if (there !== undefined) this.#objects.set(object, there.object);
      // The adapter's package calls the object as the domain.
      else if (options.target === undefined && object === name) this.#objects.set(object, this.nameOf(name));
    }
  }

  /** Domains that are called otherwise on the target. */
  renamed(): { from: string; to: string }[] {
    return this.#source
      .map(({ name }) => ({ from: name, to: this.nameOf(name) }))
      .filter(({ from, to }) => from !== to);
  }

  /** The name on the target of a domain that values name, which need not be that of an app. */
  inValues(name: string): string {
    this.#named.add(name);
    return this.nameOf(name);
  }

  /** The domain's name on the target. */
  nameOf(name: string): string {
    const { source, target, rules } = this.#options;
    const rule = rules.find(({ from }) => from === name);
    if (rule !== undefined) return rule.to;
    return (name === source?.defaultDomain ? target?.defaultDomain : undefined) ?? name;
  }

  /** Every object of the archive is shown to this once. Why a domain stays out; undefined for all that come. */
  see(descriptor: KindDescriptor, object: KubeObject): string | undefined {
    for (const path of descriptor.domains?.objects ?? []) {
      for (const name of texts(object, path)) this.#used.set(name, (this.#used.get(name) ?? 0) + 1);
    }
    const { names } = descriptor.domains ?? {};
    const [name] = names === undefined ? [] : texts(object, names);
    if (name === undefined) return undefined;
    // Without a Korifi on the target, only what a package makes is called otherwise there.
    if (this.#options.target === undefined) this.#objects.delete(object.metadata.name);
    const there = this.#objects.get(object.metadata.name);
    if (there !== undefined && there !== object.metadata.name) {
      return `the target has the domain ${this.nameOf(name)} already, as ${there}`;
    }
    this.#brought.set(object.metadata.name, this.nameOf(name));
    return undefined;
  }

  /** Makes the object name the target's domains, in place. */
  rewrite(descriptor: KindDescriptor, object: KubeObject): void {
    const { objects = [], names } = descriptor.domains ?? {};
    const change = (to: (name: string) => string) => (value: unknown) =>
      typeof value === 'string' ? to(value) : (value as never);
    for (const path of objects)
      replace(
        object,
        path,
        change(name => this.#objects.get(name) ?? name),
      );
    if (names !== undefined)
      replace(
        object,
        names,
        change(name => this.nameOf(name)),
      );
  }

  /** All that a person should know of domains before the restore. */
  findings(): Finding[] {
    const given = [...this.#unknownRules(), ...this.#clashesOfOurs()];
    if (this.#options.target === undefined) return given;
    return [...given, ...this.#moved(), ...this.#clashes(), ...this.#missing()];
  }

  /** Whether several domains of the source are one on the target, so that their routes may be the same. */
  get joins(): boolean {
    return new Set(this.#source.map(({ name }) => this.nameOf(name))).size < this.#source.length;
  }

  #unknownRules(): Finding[] {
    const known = new Set([...this.#source.map(({ name }) => name), ...this.#named]);
    return this.#options.rules
      .filter(({ from }) => !known.has(from))
      .map(({ from }) => ({
        code: 'domain-unknown',
        severity: 'refuse',
        subject: from,
        text: `--domain-map names ${from}, which is no domain of the backup`,
        hint: `its domains are ${[...known].sort().join(', ') || 'not known'}`,
      }));
  }

  #moved(): Finding[] {
    return this.#source.flatMap(({ object, name }): Finding[] => {
      const now = this.nameOf(name);
      if (now === name || !(this.#used.has(object) || this.#brought.has(object))) return [];
      return [
        { code: 'domain-moves', severity: 'warn', subject: name, text: `routes of ${name} come to ${now}` },
      ];
    });
  }

  /** Korifi refuses a domain that is part of another one, and so every route on it. */
  #clashes(): Finding[] {
    return [...this.#brought].flatMap(([object, name]): Finding[] => {
      const other = this.#target.find(domain =>
        domain.object === object ? domain.name !== name : overlaps(domain.name, name),
      );
      if (other === undefined) return [];
      const text = `the domain ${name} (CFDomain ${object}) cannot stand beside the target's ${other.name} (CFDomain ${other.object})`;
      const hint = `pass --domain-map ${name}=${other.name} to use the target's, or another name`;
      return [{ code: 'domain-clashes', severity: 'refuse', subject: name, text, hint }];
    });
  }

  /** They stood beside each other at the source: it is a rule that brings them together. */
  #clashesOfOurs(): Finding[] {
    const { source, target, rules } = this.#options;
    const installed =
      target === undefined ? this.#source.filter(({ name }) => name === source?.defaultDomain) : [];
    const made = installed.map(({ object, name }) => [object, this.nameOf(name)] as const);
    const all = [...new Map([...made, ...this.#brought])];
    const isRuled = (name: string) => rules.some(({ to }) => to === name);
    return all.flatMap(([object, name], index): Finding[] => {
      const other = all.slice(0, index).find(([, before]) => overlaps(before, name));
      if (other === undefined || !(isRuled(name) || isRuled(other[1]))) return [];
      const text = `the domain ${name} (CFDomain ${object}) cannot stand beside ${other[1]} (CFDomain ${other[0]}), which comes with it`;
      const hint = 'give one of them another name with --domain-map, or one that the target has';
      return [{ code: 'domain-clashes', severity: 'refuse', subject: name, text, hint }];
    });
  }

  #missing(): Finding[] {
    return [...this.#used].flatMap(([object, routes]): Finding[] => {
      if (this.#brought.has(object) || this.#objects.has(object)) return [];
      if (this.#target.some(domain => domain.object === object)) return [];
      const name = this.#source.find(domain => domain.object === object)?.name ?? object;
      const now = this.nameOf(name);
      const onto = now === name ? '' : ` that ${name} is mapped to`;
      const text = `the target does not have the domain ${now}${onto}, on which the backup has ${routes} routes`;
      const to = this.#options.target?.defaultDomain ?? 'DOMAIN';
      const hint = `pass --domain-map ${name}=${to}, or make the domain on the target`;
      return [{ code: 'domain-missing', severity: 'refuse', subject: name, text, hint }];
    });
  }
}

/** Equal, or one below the other, as Korifi's webhook has it. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/**
 * Reads `OLD=NEW` as it stands behind `--domain-map`.
 * @throws Failure `usage` with what is expected.
 */
export function parseDomainRule(text: string): DomainRule {
  const [from = '', to = '', ...rest] = text.toLowerCase().split('=');
  if (rest.length === 0 && DOMAIN.test(from) && DOMAIN.test(to)) return { from, to };
  throw new Failure('usage', 'expected OLD=NEW, two domains', {
    subject: text.slice(0, 300),
    hints: ['for example apps.old.example.com=apps.new.example.com'],
  });
}
