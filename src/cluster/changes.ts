import { API_RESPONSE_BYTES } from '../base/limits.ts';
import type { KubeObject } from '../base/object.ts';
import { ApiFailure, type ApiResource } from './cluster.ts';
import type { ApiHttp } from './http.ts';
import { apiVersionOf, pathOf } from './paths.ts';
import { fieldsOf, isFields, textOf } from './shape.ts';

/**
 * A watch begins with all that has happened since its resourceVersion, right behind the head of its answer; after so long
 * without a word that was all.
 */
const SILENCE_MS = 100;
/** The server ends the watch then: where something changes all the time there is no silence, and what comes is new. */
const LONGEST_SECONDS = 3;

/**
 * Objects of a kind that were made, changed or deleted since a resourceVersion, as they were last; one may come several
 * times. Costs the server next to nothing, where listing again would cost all of a list.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 *
 * @throws Failure `forbidden`; ApiFailure 410 when so much has happened that the server does not remember all.
 */
export async function* changesSince(
  http: ApiHttp,
  resource: ApiResource,
  resourceVersion: string,
  signal?: AbortSignal,
): AsyncGenerator<KubeObject> {
  const path = pathOf(resource, undefined);
  const query = { watch: '1', resourceVersion, timeoutSeconds: String(LONGEST_SECONDS) };
  const pieces = await http.stream({ method: 'GET', path, query, signal }, SILENCE_MS);
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > API_RESPONSE_BYTES) return;
    for (const line of lines) if (line !== '') yield objectIn(line, resource, path);
  }
}

function objectIn(line: string, resource: ApiResource, path: string): KubeObject {
  const event = fieldsOf(JSON.parse(line));
  const object = fieldsOf(event.object);
  if (event.type !== 'ERROR' && isFields(object.metadata)) {
    return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object } as unknown as KubeObject;
  }
  const code = typeof object.code === 'number' ? object.code : 500;
  const message = textOf(object.message) || 'the watch has failed';
  throw new ApiFailure(code, textOf(object.reason), message, { subject: `WATCH ${path}` });
}
