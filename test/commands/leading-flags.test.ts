import { describe, expect, it } from 'vitest';
import { HELP } from '../../src/commands/help/all.ts';
import { commandFirst, flagsLead } from '../../src/commands/program/leading-flags.ts';

/** The line as it is understood, without the program's name. */
function ordered(line: string): string {
  const words = line.split(' ');
  return (flagsLead(words) ? commandFirst(words, HELP) : words).join(' ');
}

describe('flags before the command stand behind it', () => {
  it.each([
    ['--context old list', 'list --context old'],
    ['--context=old list -o wide', 'list --context=old -o wide'],
    ['-n shop export b.tar', 'export -n shop b.tar'],
    ['-v6 list', 'list -v6'],
    ['-v 6 list', 'list -v 6'],
    ['--insecure-skip-tls-verify list', 'list --insecure-skip-tls-verify'],
    ['--kubeconfig k --context list export -', 'export --kubeconfig k --context list -'],
    ['--no-such list', 'list --no-such'],
    ['-h export', 'export -h'],
    ['--conte old list', '--conte old list'],
    ['-n shop --conte old list', '--conte old list'],
    ['--context=old lst', 'lst --context=old'],
    ['-v6 lst', 'lst -v6'],
  ])('%s', (line, expected) => {
    expect(ordered(line)).toBe(expected);
  });

  it.each(['--version', '--help', '--context old', 'list --context old', '- list', '-- list'])(
    'nothing is moved in %s',
    line => {
      expect(ordered(line)).toBe(line);
    },
  );
});
