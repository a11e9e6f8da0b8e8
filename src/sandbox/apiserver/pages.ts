import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import { badRequest, expired } from './status-error.ts';

/** Lists that are being read at once; beyond it the oldest snapshot is given up, and its tokens expire. */
const SNAPSHOTS = 256;

/** One page of a list that all belongs to one moment. */
export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remaining?: number;
}

interface Snapshot {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

/** What `limit` and `continue` read: snapshots of lists, of which a token names one and a place in it. */
export class Pages {
  readonly #snapshots = new Map<string, Snapshot>();

  first(items: readonly KubeObject[], revision: number, limit: number): ListPage {
    const snapshot = { items, resourceVersion: String(revision) };
    if (limit === 0 || items.length <= limit) return snapshot;
    const id = randomUUID();
    this.#snapshots.set(id, snapshot);
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size > SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest);
    return pageOf(snapshot, id, 0, limit);
  }

  /** @throws StatusError 410 when the snapshot is gone, 400 when it is no token. */
  next(token: string, limit: number): ListPage {
    const [id = '', start = ''] = Buffer.from(token, 'base64url').toString().split(' ');
    if (!/^\d+$/.test(start)) throw badRequest('continue key is not valid');
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) throw expired();
    return pageOf(snapshot, id, Number(start), limit === 0 ? snapshot.items.length : limit);
  }

  /** As after etcd's compaction: every list that is being read has to begin anew. */
  expire(): void {
    this.#snapshots.clear();
  }
}

function pageOf({ items, resourceVersion }: Snapshot, id: string, start: number, limit: number): ListPage {
  const end = start + limit;
  const page = { items: items.slice(start, end), resourceVersion };
  if (end >= items.length) return page;
  return {
    ...page,
    continue: Buffer.from(`${id} ${end}`).toString('base64url'),
    remaining: items.length - end,
  };
}
