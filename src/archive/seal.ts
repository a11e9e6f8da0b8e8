import { createHash } from 'node:crypto';
import type { Digest } from '../base/digest.ts';
import type { Loss } from '../base/losses.ts';
import { parseDocument } from './document.ts';
import { FORMAT_VERSIONS } from './plan.ts';
import { checkVersion, lossShape } from './plan-file.ts';
import { count, digest, list, object, oneOf, text } from './shape.ts';

/** The last entry. An archive without it is incomplete, whatever else it holds. */
export interface Seal {
  formatVersion: number;
  /** The backup's own manifest. */
  backup: Digest;
  /** The bytes of `index.json`. */
  index: Digest;
  /** Entries before the seal. */
  entries: number;
  /** Bytes before the seal's own header: the offset at which it stands. */
  bytes: number;
  /** Of the listing of all entries before the seal; see {@link Listing}. */
  digest: Digest;
  /** What came up after the plan had been written. */
  losses: Loss[];
  /** Objects that changed while the backup ran, `Kind namespace/name`. */
  drift: string[];
}

const seal = object<Seal>({
  formatVersion: oneOf(...FORMAT_VERSIONS),
  backup: digest,
  index: digest,
  entries: count,
  bytes: count,
  digest,
  losses: list(lossShape),
  drift: list(text),
});

/** A seal as JSON, its members in the order of the format. */
export function writeSeal(value: Seal): Buffer {
  return Buffer.from(JSON.stringify(seal(value, '')));
}

/** @throws Failure `newer-format` or `damaged`. */
export function parseSeal(bytes: Buffer, subject: string): Seal {
  return parseDocument(bytes, 'seal', seal, subject, checkVersion);
}

/** The entries of an archive as they go by, one line each: `<name> <size> <digest>\n`. The seal has its digest. */
export class Listing {
  readonly #hash = createHash('sha256');
  #entries = 0;

  add(name: string, size: number, digest: Digest): void {
    this.#hash.update(`${name} ${size} ${digest}\n`);
    this.#entries += 1;
  }

  get entries(): number {
    return this.#entries;
  }

  /** The digest of the lines so far. */
  get digest(): Digest {
    return `sha256:${this.#hash.copy().digest('hex')}` as Digest;
  }
}
