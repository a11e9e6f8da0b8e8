/** How the program ends. One number, one meaning, for every command. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  losses: 3,
  damaged: 4,
  refused: 5,
  /** What could be checked is right; the rest is in an archive that was not given. */
  unchecked: 6,
  interrupted: 130,
} as const;
/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every way in which a run can fail, and how the program ends then. */
const CODES = {
  usage: EXIT.usage,
  kubeconfig: EXIT.usage,
  'not-connected': EXIT.failed,
  unauthorized: EXIT.failed,
  forbidden: EXIT.failed,
  'api-error': EXIT.failed,
  'registry-error': EXIT.failed,
  'registry-unauthorized': EXIT.failed,
  'registry-missing': EXIT.failed,
  'content-mismatch': EXIT.failed,
  'io-error': EXIT.failed,
  'no-space': EXIT.failed,
  timeout: EXIT.failed,
  cycle: EXIT.failed,
  internal: EXIT.failed,
  'not-an-archive': EXIT.damaged,
  incomplete: EXIT.damaged,
  damaged: EXIT.damaged,
  'newer-format': EXIT.damaged,
  'base-missing': EXIT.refused,
  locked: EXIT.refused,
  refused: EXIT.refused,
  interrupted: EXIT.interrupted,
} as const satisfies Record<string, ExitCode>;
/** What sort of failure it is, which decides the exit code. */
export type FailureCode = keyof typeof CODES;

/** What a failure says besides its message. */
export interface FailureDetails {
  /** What it is about: an entry with its byte, an object, a host. */
  subject?: string;
  /** What to do next, one line an item. */
  hints?: string[];
  cause?: unknown;
}

/**
 * The one error that people see. The message says what went wrong and why, in lower case and without a full
 * stop; the subject says where; the hints say what to do. None of them ever holds a credential.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly subject: string | undefined;
  readonly hints: readonly string[];

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'Failure';
    this.code = code;
    this.subject = details.subject;
    this.hints = details.hints ?? [];
  }

  get exit(): ExitCode {
    return CODES[this.code];
  }
}

/** The message of whatever was thrown, for use inside another message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
