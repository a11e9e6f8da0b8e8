/** What a URL below `/api/v1` or `/apis/GROUP/VERSION` names. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Undefined when the path is no resource's, that of a discovery document for instance. */
export function resourcePath(path: string): ResourcePath | undefined {
  const [root, ...parts] = path.split('/').slice(1).map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : parts.shift();
  const version = parts.shift();
  if (group === undefined || version === undefined || parts.length === 0 || parts.includes(''))
    return undefined;
  const [first = '', second, third] = parts;
  // `/namespaces/x` and its subresources are the namespace's own; anything deeper is in it.
  const isInside = first === 'namespaces' && third !== undefined && !['status', 'finalize'].includes(third);
  const namespace = isInside ? second : undefined;
  const [plural = first, name, subresource, ...rest] = isInside ? parts.slice(2) : parts;
  if (rest.length > 0) return undefined;
  return {
    group,
    version,
    plural,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}
