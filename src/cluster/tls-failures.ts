import { Failure } from '../base/errors.ts';

const UNTRUSTED =
  'name its certificate authority with --certificate-authority FILE or certificate-authority-data';

/** OpenSSL's and Node's codes, what they mean, and what helps. */
const EXPLAINED: Record<string, readonly [message: string, hint: string]> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed and not trusted', UNTRUSTED],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is signed by an authority that is not trusted', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT: ['its certificate is signed by an authority that is not trusted', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'its certificate is signed by an authority that is not trusted',
    UNTRUSTED,
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is signed by an authority that is not trusted',
    UNTRUSTED,
  ],
  CERT_SIGNATURE_FAILURE: ['its certificate is not signed by the authority in the kubeconfig', UNTRUSTED],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'is the clock of this machine right?'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'is the clock of this machine right?'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'name the one it is for with --tls-server-name NAME',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'it does not speak TLS',
    'does the server begin with http:// rather than https://?',
  ],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: [
    'it does not speak TLS',
    'does the server begin with http:// rather than https://?',
  ],
};

/** Whether a connection failed over TLS: who the server is, or how it speaks. */
export function isTlsError(error: unknown): error is NodeJS.ErrnoException {
  const code = codeOf(error);
  return (
    code in EXPLAINED ||
    code.startsWith('ERR_SSL_') ||
    code.startsWith('ERR_TLS_') ||
    code.startsWith('CERT_')
  );
}

/** A handshake that failed: repeating it would not help. */
export function tlsFailure(error: NodeJS.ErrnoException, server: string): Failure {
  const code = codeOf(error);
  const [message, hint] = EXPLAINED[code] ?? [
    `the TLS handshake failed (${code})`,
    'check the server and its certificate',
  ];
  return new Failure('not-connected', `the API server cannot be trusted: ${message}`, {
    subject: server,
    hints: [hint],
    cause: error,
  });
}

/** The code of an error, or of what caused it. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
