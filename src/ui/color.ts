/**
 * Ink asks chalk, and chalk looks at standard output, which is an archive or a pipe as often as not. Here it is
 * known that there is a terminal, and every terminal that can move its cursor has the sixteen colours.
 */
export function colorLevel({ NO_COLOR = '', FORCE_COLOR = '' }: NodeJS.ProcessEnv): 0 | 1 {
  return NO_COLOR !== '' || ['0', 'false'].includes(FORCE_COLOR) ? 0 : 1;
}
