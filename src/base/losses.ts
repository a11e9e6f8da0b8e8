/**
 * Something the backup or the restore does not hold although it should: never silent, always by name.
 * A run with losses ends with exit code 3.
 */
export interface Loss {
  kind:
    | 'kind-forbidden'
    | 'kind-failed'
    | 'image-missing'
    | 'image-unreadable'
    | 'image-refused'
    | 'object-failed'
    | 'object-differs'
    | 'object-skipped'
    | 'object-kept'
    | 'wait-timed-out';
  /** What is lost, as people name it: a kind, an image reference, an object. */
  subject: string;
  reason: string;
  /** Which objects name it, as `Kind namespace/name`. */
  usedBy?: string[];
}
