import { Failure } from '../base/errors.ts';
import { parseDuration } from '../cluster/duration.ts';
import { CATALOG } from '../foundation/catalog.ts';

/** How long is waited, in milliseconds: for every kind, and for some kinds in particular. */
export class WaitTimeouts {
  readonly #every: number;
  readonly #byKind: ReadonlyMap<string, number>;

  constructor(every: number, byKind: ReadonlyMap<string, number> = new Map()) {
    this.#every = every;
    this.#byKind = byKind;
  }

  of(kind: string): number {
    return this.#byKind.get(kind) ?? this.#every;
  }
}

/**
 * `15m` for every kind, `PackageInstall=30m` for one; the last of a sort counts.
 * @throws Failure `usage` for what is neither, and for kinds that are never restored.
 */
export function parseWaitTimeouts(texts: readonly string[]): WaitTimeouts {
  let every = parseDuration(DEFAULT_WAIT_TIMEOUT, '--wait-timeout');
  const byKind = new Map<string, number>();
  for (const text of texts) {
    const [, kind, duration = text] = /^([^=]*)=(.*)$/.exec(text) ?? [];
    const milliseconds = parseDuration(duration, '--wait-timeout');
    if (kind === undefined) every = milliseconds;
    else byKind.set(kindOf(kind), milliseconds);
  }
  return new WaitTimeouts(every, byKind);
}

/** kapp-controller's own tools give an installation 30 minutes; most are through in five. */
const DEFAULT_WAIT_TIMEOUT = '15m';

function kindOf(given: string): string {
  const restored = CATALOG.filter(({ role }) => role === 'truth');
  const found = restored.find(({ kind }) => kind.toLowerCase() === given.toLowerCase());
  if (found !== undefined) return found.kind;
  throw new Failure('usage', `--wait-timeout names a kind that is not restored: ${given}`, {
    hints: ['pass a duration, or KIND=DURATION as in PackageInstall=30m'],
  });
}
