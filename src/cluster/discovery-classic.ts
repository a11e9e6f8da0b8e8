import { Failure } from '../base/errors.ts';
import type { ApiHttp } from './http.ts';
import { type Fields, fieldsOf, listOf, textOf } from './shape.ts';
import type { Surface } from './surface.ts';

/** A server behind the API server that is down stays so: the others are not kept waiting for it. */
const PATIENCE_MS = 3_000;

/**
 * Discovery by one document a group and version, as servers before 1.26 give it. A group whose server is down
 * costs its own resources and no others.
 */
export async function discoverClassic(
  http: ApiHttp,
  surface: Surface,
  path: string,
  body: Fields,
  signal: AbortSignal | undefined,
): Promise<void> {
  const documents = groupVersions(body).map(async ({ group, version }) => {
    const name = group === '' ? version : `${group}/${version}`;
    try {
      const document = { method: 'GET', path: `${path}/${name}`, patienceMs: PATIENCE_MS, signal } as const;
      const resources = await http.request(document);
      addResources(surface, group, version, fieldsOf(resources));
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'api-error') throw error;
      surface.broken.set(name, error.message);
    }
  });
  await Promise.all(documents);
}

/** Of an APIVersions (`/api`) or an APIGroupList (`/apis`). */
function groupVersions(body: Fields): { group: string; version: string }[] {
  const core = Array.isArray(body.versions) ? body.versions : [];
  const named = listOf(body.groups).flatMap(group =>
    listOf(group.versions).map(({ version }) => ({
      group: textOf(group.name),
      version: textOf(version),
    })),
  );
  return [...core.map(version => ({ group: '', version: textOf(version) })), ...named];
}

function addResources(surface: Surface, group: string, version: string, body: Fields): void {
  for (const resource of listOf(body.resources)) {
    const plural = textOf(resource.name);
    // `deployments/scale` is a subresource.
    if (plural === '' || plural.includes('/')) continue;
    surface.add({
      group,
      version,
      plural,
      kind: textOf(resource.kind),
      namespaced: resource.namespaced === true,
    });
  }
}
