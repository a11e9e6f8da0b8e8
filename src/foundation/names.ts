import { Ints } from '../base/ints.ts';
import { keyOf, type ObjectId } from '../base/object.ts';

/** Room to begin with; it doubles. */
const FIRST_NAMES = 1024;
const FIRST_BYTES = 32 * 1024;

/** What a name is unique in: a kind, in a namespace. */
export type Place = Omit<ObjectId, 'name'>;

/**
 * Identities by number, from 0 in the order in which they were first met. The names lie one after the other in one
 * buffer, and kinds and namespaces, which thousands share, once: an identity costs some fifty bytes, as an object with
 * its key several hundred.
 */
export class Names {
  readonly #places: (Place & { readonly key: string })[] = [];
  readonly #placeNumbers = new Map<string, number>();
  /** By number: its place, and where its name ends; the name begins where the one before it ends. */
  readonly #placeOf = new Ints();
  readonly #ends = new Ints();
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Open addressing: number + 1 at its hash or behind it; 0 is free. */
  #table = new Int32Array(2 * FIRST_NAMES);

  get size(): number {
    return this.#ends.length;
  }

  /** The number of an identity, which it gets now if it had none. */
  numberOf(id: ObjectId): number {
    const place = this.#placeNumber(id);
    const start = this.#free();
    const end = this.#write(id.name, start);
    const slot = this.#slot(place, start, end);
    const found = this.#table[slot] ?? 0;
    if (found > 0) return found - 1;
    this.#placeOf.push(place);
    const number = this.#ends.push(end);
    this.#table[slot] = number + 1;
    if (4 * this.size > 3 * this.#table.length) this.#grow();
    return number;
  }

  find(id: ObjectId): number | undefined {
    const place = this.#placeNumbers.get(placeKey(id));
    if (place === undefined) return undefined;
    const start = this.#free();
    const found = this.#table[this.#slot(place, start, this.#write(id.name, start))] ?? 0;
    return found > 0 ? found - 1 : undefined;
  }

  at(number: number): ObjectId {
    const name = this.#bytes.toString('utf8', this.#start(number), this.#ends.at(number));
    const { group, kind, namespace } = this.placeOf(number);
    return namespace === undefined ? { group, kind, name } : { group, kind, namespace, name };
  }

  /** All of an identity but its name, which would have to be made a text of. */
  placeOf(number: number): Place {
    return this.#placeAt(number);
  }

  /** By kind, namespace and name: any order will do, as long as it is always the same. */
  compare(a: number, b: number): number {
    const byPlace = this.comparePlaces(a, b);
    if (byPlace !== 0) return byPlace;
    const [fromA, toA] = [this.#start(a), this.#ends.at(a)];
    return this.#bytes.compare(this.#bytes, this.#start(b), this.#ends.at(b), fromA, toA);
  }

  /** By kind and namespace alone. */
  comparePlaces(a: number, b: number): number {
    const [placeA, placeB] = [this.#placeAt(a), this.#placeAt(b)];
    if (placeA === placeB) return 0;
    return placeA.key < placeB.key ? -1 : 1;
  }

  #placeNumber(id: ObjectId): number {
    const key = placeKey(id);
    const known = this.#placeNumbers.get(key);
    if (known !== undefined) return known;
    const { name: _, ...place } = id;
    const number = this.#places.push({ ...place, key }) - 1;
    this.#placeNumbers.set(key, number);
    return number;
  }

  #placeAt(number: number): Place & { readonly key: string } {
    return this.#places[this.#placeOf.at(number)] as Place & { readonly key: string };
  }

  #start(number: number): number {
    return number === 0 ? 0 : this.#ends.at(number - 1);
  }

  /** Behind the last name. */
  #free(): number {
    return this.#start(this.size);
  }

  /** Puts a name behind the last one, where it stays only when its end is noted. Returns the end. */
  #write(name: string, start: number): number {
    // UTF-8 has three bytes at most for each unit of a string.
    while (start + 3 * name.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    return start + this.#bytes.write(name, start);
  }

  /** Where it is in the table, or would be. */
  #slot(place: number, start: number, end: number): number {
    const mask = this.#table.length - 1;
    let slot = this.#hash(place, start, end) & mask;
    for (let found = this.#table[slot] ?? 0; found > 0; found = this.#table[slot] ?? 0) {
      if (this.#is(found - 1, place, start, end)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #is(number: number, place: number, start: number, end: number): boolean {
    const [from, to] = [this.#start(number), this.#ends.at(number)];
    if (this.#placeOf.at(number) !== place || to - from !== end - start) return false;
    return this.#bytes.compare(this.#bytes, from, to, start, end) === 0;
  }

  /** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 32 bits. */
  #hash(place: number, start: number, end: number): number {
    let hash = Math.imul(0x811c9dc5 ^ place, 0x01000193);
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (this.#bytes[at] ?? 0), 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #grow(): void {
    this.#table = new Int32Array(2 * this.#table.length);
    for (let number = 0; number < this.size; number++) {
      const slot = this.#slot(this.#placeOf.at(number), this.#start(number), this.#ends.at(number));
      this.#table[slot] = number + 1;
    }
  }
}

/** As references name objects that are found whatever namespace they are in. */
export function nameAlone({ group, kind, name }: ObjectId): ObjectId {
  return { group, kind, name };
}

function placeKey({ group, kind, namespace }: Place): string {
  return keyOf({ group, kind, name: '', ...(namespace !== undefined && { namespace }) });
}
