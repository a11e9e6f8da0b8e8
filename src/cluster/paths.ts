import type { ApiResource } from './cluster.ts';

/** URL path of a resource, `/apis/GROUP/VERSION[/namespaces/NAMESPACE]/PLURAL[/NAME][/SUBRESOURCE]`. */
export function pathOf(
  resource: ApiResource,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const root = resource.group === '' ? ['api'] : ['apis', resource.group];
  const scope = resource.namespaced && namespace !== undefined ? ['namespaces', namespace] : [];
  const tail = [name, subresource].filter(part => part !== undefined);
  const parts = [...root, resource.version, ...scope, resource.plural, ...tail];
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** `v1` or `GROUP/VERSION`. */
export function apiVersionOf(resource: ApiResource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
