import type { Access, Attributes, User } from './access.ts';
import type { Answer, Call } from './call.ts';
import type { Collection } from './collection.ts';
import { generalDocument } from './documents.ts';
import { groupVersion, hasStatus } from './kind.ts';
import type { Kinds } from './kinds.ts';
import type { Objects } from './objects.ts';
import { checkReplacement } from './preconditions.ts';
import { bodyOf, deleteOptionsOf, isDryRun, listQueryOf, patchOf } from './requests.ts';
import { review } from './reviews.ts';
import { type ResourcePath, resourcePath } from './route.ts';
import { badRequest, noSuchResource, notFound, StatusError } from './status-error.ts';
import { watch } from './watch.ts';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** The API as HTTP sees it: from a call to its answer, Status documents included. */
export class Api {
  readonly #objects: Objects;
  readonly #kinds: Kinds;
  readonly #access: Access;

  constructor(objects: Objects, kinds: Kinds, access: Access) {
    this.#objects = objects;
    this.#kinds = kinds;
    this.#access = access;
  }

  async answer(call: Call): Promise<Answer> {
    try {
      return await this.#route(call, this.#access.authenticate(call));
    } catch (error) {
      const status = error instanceof StatusError ? error : internal(error);
      return { status: status.code, body: status.toJSON() };
    }
  }

  async #route(call: Call, user: User): Promise<Answer> {
    if (call.method === 'POST') {
      const answer = review(call.path, bodyOf(call), user, this.#access);
      if (answer !== undefined) return { status: 201, body: answer };
    }
    const path = resourcePath(call.path);
    if (path === undefined) {
      this.#access.check(user, { verb: call.method.toLowerCase(), path: call.path });
      return generalDocument(call, this.#kinds.all());
    }
    const verb = verbOf(call, path);
    this.#access.check(user, attributesOf(verb, path));
    const kind = this.#kinds.find(path.group, path.version, path.plural);
    if (kind === undefined || (!kind.namespaced && path.namespace !== undefined)) throw noSuchResource();
    const collection = { kind, version: path.version, namespace: path.namespace };
    return this.#perform(verb, collection, path, call);
  }

  async #perform(verb: Verb, collection: Collection, path: ResourcePath, call: Call): Promise<Answer> {
    const { name = '', subresource } = path;
    if (subresource !== undefined && !isSubresource(collection, subresource, verb)) throw noSuchResource();
    const dryRun = isDryRun(call);
    switch (verb) {
      case 'get':
        return { status: 200, body: this.#objects.get(collection, name) };
      case 'list':
        return { status: 200, body: this.#list(collection, call) };
      case 'watch':
        return watch(this.#objects, collection, call.query);
      case 'create':
        return { status: 201, body: await this.#objects.create(collection, bodyOf(call), dryRun) };
      case 'update':
        return { status: 200, body: await this.#update(collection, name, subresource, call, dryRun) };
      case 'patch':
        return this.#patch(collection, name, subresource, call, dryRun);
      case 'delete':
        return { status: 200, body: await this.#delete(collection, name, call) };
      case 'deletecollection':
        return { status: 200, body: await this.#deleteAll(collection, call) };
    }
  }

  #list(collection: Collection, call: Call): object {
    const { kind, version } = collection;
    const page = this.#objects.list(collection, listQueryOf(call));
    const metadata = {
      resourceVersion: page.resourceVersion,
      ...(page.continue !== undefined && { continue: page.continue, remainingItemCount: page.remaining }),
    };
    // As from the real server, items of built-in kinds do not say what they are.
    const items = kind.custom ? page.items : page.items.map(({ apiVersion: _, kind: __, ...rest }) => rest);
    return { apiVersion: groupVersion(kind.group, version), kind: `${kind.kind}List`, metadata, items };
  }

  #update(
    collection: Collection,
    name: string,
    subresource: string | undefined,
    call: Call,
    dryRun: boolean,
  ): Promise<object> {
    const body = bodyOf(call);
    if (subresource === undefined) {
      checkReplacement(
        body,
        this.#objects.storage.get(collection.kind, collection.namespace, name),
        collection.kind,
      );
    }
    return this.#objects.update(collection, name, () => body, { subresource: known(subresource), dryRun });
  }

  async #patch(
    collection: Collection,
    name: string,
    subresource: string | undefined,
    call: Call,
    dryRun: boolean,
  ): Promise<Answer> {
    const patch = patchOf(call, collection.kind);
    const { kind, namespace } = collection;
    if (patch.creates && this.#objects.storage.get(kind, namespace, name) === undefined) {
      return { status: 201, body: await this.#objects.create(collection, patch.apply({}), dryRun) };
    }
    const options = { subresource: known(subresource), dryRun };
    return {
      status: 200,
      body: await this.#objects.update(collection, name, current => patch.apply(current), options),
    };
  }

  async #delete(collection: Collection, name: string, call: Call): Promise<object> {
    const { kind, namespace } = collection;
    const object = this.#objects.storage.get(kind, namespace, name);
    if (object === undefined) throw notFound(kind, name);
    const held = await this.#objects.delete(collection, name, deleteOptionsOf(call));
    const details = { name, group: kind.group || undefined, kind: kind.plural, uid: object.metadata.uid };
    return held ?? { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  }

  async #deleteAll(collection: Collection, call: Call): Promise<object> {
    const { items } = this.#objects.list(collection, { ...listQueryOf(call), limit: 0 });
    for (const { metadata } of items) {
      const { namespace } = metadata;
      await this.#objects.delete({ ...collection, namespace }, metadata.name, deleteOptionsOf(call));
    }
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  }
}

function verbOf(call: Call, path: ResourcePath): Verb {
  const named = path.name !== undefined;
  const watched = ['true', '1'].includes(call.query.get('watch') ?? '');
  const verbs: Record<string, Verb | undefined> = named
    ? { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
    : { GET: watched ? 'watch' : 'list', POST: 'create', DELETE: 'deletecollection' };
  const verb = verbs[call.method];
  if (verb !== undefined) return verb;
  throw new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}

function attributesOf(verb: Verb, path: ResourcePath): Attributes {
  const { plural, version: _, ...rest } = path;
  return { verb, resource: plural, ...rest };
}

function isSubresource(collection: Collection, subresource: string, verb: Verb): boolean {
  if (!['get', 'update', 'patch'].includes(verb)) return false;
  if (subresource === 'finalize') return collection.kind.kind === 'Namespace' && verb === 'update';
  return subresource === 'status' && hasStatus(collection.kind, collection.version);
}

function known(subresource: string | undefined): 'status' | 'finalize' | undefined {
  if (subresource === undefined || subresource === 'status' || subresource === 'finalize') return subresource;
  throw badRequest(`no subresource ${subresource}`);
}

function internal(error: unknown): StatusError {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${reason}`);
}
