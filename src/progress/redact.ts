const HIDDEN = '[redacted]';
const KEYS = '[\\w-]*(?:password|passphrase|passwd|secret|token|api[_-]?key)';

/** What looks like a credential, with what of it is kept. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  // Authorization headers; `basic authentication` is no credential, hence a digit or padding is asked for.
  [/\b(Bearer|Basic|Negotiate)\s+(?=[\w+/.~-]*[\d=])[\w+/.~=-]{6,}/gi, `$1 ${HIDDEN}`],
  // user:password@ in a URL.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`],
  // password=value in queries, forms and flags; after a colon only without a space, since prose has one there.
  [new RegExp(`(${KEYS}(?:=|:(?=\\S)))("[^"]*"|'[^']*'|[^\\s&,;"']+)`, 'gi'), `$1${HIDDEN}`],
  // "password": "value" in JSON.
  [new RegExp(`("(?:${KEYS}|auth)"\\s*:\\s*)"[^"]*"`, 'gi'), `$1"${HIDDEN}"`],
  // JSON web tokens and age identities stand for themselves.
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\bAGE-SECRET-KEY-1[A-Z0-9]+/gi, HIDDEN],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
];

/** The text without anything that looks like a credential: the last line of defence, after never having put one in. */
export function redact(text: string): string {
  return CREDENTIALS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}
