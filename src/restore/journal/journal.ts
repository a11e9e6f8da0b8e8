import { open } from 'node:fs/promises';
import { ioFailure } from '../../archive/io-failure.ts';
import { ShapeError } from '../../archive/shape.ts';
import { Failure } from '../../base/errors.ts';
import { JOURNAL_LINE_CHARACTERS } from '../../base/limits.ts';
import { keyOf, type ObjectId } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import {
  type End,
  type Intent,
  type JournalHeader,
  type JournalRecord,
  type ManifestIntent,
  type ObjectIntent,
  type Outcome,
  parseHeader,
  parseRecord,
  type Session,
} from './records.ts';

/** An object that a restore made. */
export interface Made {
  /** The number of its creation: what was made later has a larger one. */
  readonly n: number;
  readonly at: ObjectIntent;
  readonly uid: string;
  readonly createdAt: string | undefined;
}

/** What a journal says, added up. */
export class Journal {
  readonly path: string;
  readonly header: JournalHeader;
  readonly sessions: Session[] = [];
  /** How the last session ended; undefined when it did not come to that. */
  ended: End | undefined;
  /** The number of the next intent. */
  next = 1;
  /** The file ends in the middle of a line. */
  torn = false;
  /** Creations and pushes of which nobody knows whether they were done. */
  readonly unclear = new Map<number, ObjectIntent | ManifestIntent>();
  readonly #tried = new Map<string, ObjectIntent>();
  /** By key: what was patched, however often. */
  readonly #patched = new Map<string, ObjectId>();
  readonly #made = new Map<string, Made>();
  /** By `repository@digest` or `repository:tag`: what was pushed there first. */
  readonly #pushed = new Map<string, ManifestIntent>();
  readonly #open = new Map<number, Intent>();

  private constructor(path: string, header: JournalHeader) {
    this.path = path;
    this.header = header;
  }

  /** @throws Failure `io-error`, or `usage` for a file that is no journal. */
  static async read(path: string): Promise<Journal> {
    let journal: Journal | undefined;
    try {
      await using handle = await open(path);
      const stream = handle.createReadStream({ encoding: 'utf8', autoClose: false });
      for await (const { line, whole } of linesOf(stream)) {
        if (journal === undefined) journal = new Journal(path, parseHeader(line));
        else if (whole) journal.#addLine(line);
        else journal.torn = true;
      }
    } catch (error) {
      const isOther = error instanceof ShapeError || error instanceof SyntaxError;
      throw isOther ? notAJournal(path, error) : ioFailure(error, path);
    }
    if (journal === undefined) throw notAJournal(path);
    return journal;
  }

  /** In the order in which it was made; whether it is still there only the cluster knows. */
  made(): Made[] {
    return [...this.#made.values()].sort((a, b) => a.n - b.n);
  }

  /** Whether this object, with this UID, was made by the restore. */
  hasMade(id: ObjectId, uid: string | undefined): boolean {
    return uid !== undefined && this.#made.get(keyOf(id))?.uid === uid;
  }

  /** Creations that are not known to have succeeded, of each object the last one. */
  tried(): ObjectIntent[] {
    return [...this.#tried].filter(([key]) => !this.#made.has(key)).map(([, intent]) => intent);
  }

  /** Objects that were there before and were changed. */
  changed(): ObjectId[] {
    return [...this.#patched].filter(([key]) => !this.#made.has(key)).map(([, id]) => id);
  }

  /** Manifests and tags that were put where there was nothing of theirs before. */
  pushed(): ManifestIntent[] {
    return [...this.#pushed.values()].filter(({ before }) => before === undefined);
  }

  /** Notes what became of an intent, as the file will say too. */
  settle(n: number, outcome: Outcome): void {
    const intent = this.#open.get(n);
    this.#open.delete(n);
    this.unclear.delete(n);
    if (intent === undefined || outcome.is !== 'done') return;
    if (intent.verb === 'patch') this.#patched.set(keyOf(idOfIntent(intent)), idOfIntent(intent));
    if (intent.verb === 'create') this.#create(n, intent, outcome);
    if (intent.verb === 'push') this.#push(intent);
    if (intent.verb === 'untag') this.#pushed.delete(placeOf(intent));
  }

  /** What a full disk or a power cut left of a record is no JSON: its write was not sent, or is unclear. */
  #addLine(line: string): void {
    try {
      this.#add(parseRecord(line));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  #add(record: JournalRecord): void {
    if ('session' in record) {
      this.sessions.push(record.session);
      this.ended = undefined;
    } else if ('end' in record) this.ended = record.end;
    else if ('outcome' in record) this.settle(record.n, record.outcome);
    else this.#begin(record.n, record.intent);
  }

  #begin(n: number, intent: Intent): void {
    this.next = Math.max(this.next, n + 1);
    this.#open.set(n, intent);
    if (intent.verb === 'create' || intent.verb === 'push') this.unclear.set(n, intent);
    if (intent.verb === 'create') this.#tried.set(keyOf(idOfIntent(intent)), intent);
  }

  #create(n: number, at: ObjectIntent, { uid, createdAt }: Outcome): void {
    if (uid !== undefined) this.#made.set(keyOf(idOfIntent(at)), { n, at, uid, createdAt });
  }

  /** The first push tells what was there before; a later one finds what the first one put there. */
  #push(intent: ManifestIntent): void {
    if (!this.#pushed.has(placeOf(intent))) this.#pushed.set(placeOf(intent), intent);
  }
}

/** What an object's URL is made of, as discovery would say it. */
export function resourceOf({ group, version, plural, kind, namespace }: ObjectIntent): ApiResource {
  return { group, version, plural, kind, namespaced: namespace !== undefined };
}

export function idOfIntent({ group, kind, namespace, name }: ObjectIntent): ObjectId {
  return { group, kind, name, ...(namespace !== undefined && { namespace }) };
}

function placeOf({ repository, tag, digest }: ManifestIntent): string {
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}

/** Lines with their ends; the last one may be without. */
async function* linesOf(stream: AsyncIterable<string>): AsyncGenerator<{ line: string; whole: boolean }> {
  let rest = '';
  for await (const piece of stream) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > JOURNAL_LINE_CHARACTERS) throw new ShapeError('it has a line without end');
    for (const line of lines) if (line !== '') yield { line, whole: true };
  }
  if (rest !== '') yield { line: rest, whole: false };
}

function notAJournal(path: string, cause?: Error): Failure {
  return new Failure('usage', `this is not a journal${cause === undefined ? '' : `: ${cause.message}`}`, {
    subject: path,
    hints: ['kubectl asa-backup journals lists those that there are'],
  });
}
