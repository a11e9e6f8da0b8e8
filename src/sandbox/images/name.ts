/** An image reference, taken apart. */
export interface ImageName {
  readonly host: string;
  readonly path: string;
  /** The digest, the tag, or `latest`. */
  readonly target: string;
}

/** References in the sandbox always have a host. */
export function parseImage(reference: string): ImageName {
  const [named = '', digest] = reference.split('@');
  const slash = named.indexOf('/');
  const [path = '', tag = 'latest'] = named.slice(slash + 1).split(':');
  return { host: named.slice(0, slash), path, target: digest ?? tag };
}

/** The reference without tag and digest. */
export function repositoryOf(reference: string): string {
  const { host, path } = parseImage(reference);
  return `${host}/${path}`;
}
