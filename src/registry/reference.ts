import type { Digest } from '../base/digest.ts';

/** A repository at a registry, normalised: `docker.io` names are spelled out, the host is lower case. */
export interface Repository {
  /** `host[:port]` as requests go to it and as credentials are looked up: `index.docker.io` for Docker Hub. */
  readonly registry: string;
  /** `library/ubuntu` */
  readonly path: string;
}

export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}
