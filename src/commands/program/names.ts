/** How the program calls itself in what it writes into archives, and wherever nobody called it. */
export const TOOL_NAME = 'kubectl asa-backup';

/** The file that kubectl looks for. */
export const PROGRAM_NAME = 'kubectl-asa_backup';

/**
 * How people called the program, as they should call it again: through the Tanzu CLI, which says so; by a word or a
 * relative path of their own; or through kubectl, which hands on the whole path of the plugin that it found.
 */
export function calledAs(
  env: Readonly<Record<string, string | undefined>> = process.env,
  program: string = process.argv0,
): string {
  if ((env.TANZU_BIN ?? '') !== '') return 'tanzu asa-backup';
  const [name = ''] = program.split(/[/\\]/).slice(-1);
  const isWhole = /^([/\\]|[a-z]:)/i.test(program);
  return name.startsWith(PROGRAM_NAME) && !isWhole ? PROGRAM_NAME : TOOL_NAME;
}
