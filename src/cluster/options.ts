/** How to reach a cluster: kubectl's flags of the same names, and what tests and callers add. All are optional. */
export interface ClusterOptions {
  /** The one file to read; otherwise the `KUBECONFIG` list, `~/.kube/config`, or the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Name of a cluster in the kubeconfig, instead of the context's. */
  readonly cluster?: string | undefined;
  /** Name of a user in the kubeconfig, instead of the context's. */
  readonly user?: string | undefined;
  /** URL of the API server, instead of the cluster's. */
  readonly server?: string | undefined;
  /** Bearer token, instead of the user's credentials. */
  readonly token?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** Each `KEY=VALUE`. */
  readonly asUserExtra?: readonly string[] | undefined;
  /** As kubectl writes it: `30s`, `1m30s`, a number of seconds; `0` is for ever. It bounds a single request. */
  readonly requestTimeout?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** Path of a PEM file. */
  readonly certificateAuthority?: string | undefined;
  /** Paths of PEM files, instead of the user's. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly namespace?: string | undefined;
  /** Sent as `User-Agent`; `asa-backup/<version>` otherwise. */
  readonly userAgent?: string | undefined;
  /** Told of every repetition before its pause. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** How long a request is repeated before it fails; 60,000 ms otherwise. */
  readonly patienceMs?: number | undefined;
  /** The largest answer that is held in memory; API_RESPONSE_BYTES otherwise. */
  readonly responseBytes?: number | undefined;
  /** For a few requests, which somebody waits for: over what is loaded soonest, which no trace tells of. */
  readonly brief?: boolean | undefined;
  /** Instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A request that is about to be repeated. */
export interface Retry {
  /** `GET /api/v1/secrets`. */
  readonly request: string;
  /** What went wrong: `429 Too Many Requests`, `other side closed` … */
  readonly reason: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
}
