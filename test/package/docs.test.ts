import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };
import { EXIT, type FailureCode } from '../../src/base/errors.ts';
import { HELP } from '../../src/commands/help/all.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { anchorsOf, documentation, proseOf } from '../support/markdown.ts';

const PAGES = documentation();
/** Pages for operators, in which every flag is one of ours. */
const GUIDES = PAGES.filter(({ path }) => /^README|^docs\/[^/]+$/.test(path) && !path.endsWith('format.md'));

/** Long and short flags of each command. */
const FLAGS = new Map(
  Object.entries(COMMANDS).map(([name, { flags = {} }]) => [
    name,
    new Set([
      '--help',
      ...Object.entries(flags).flatMap(([long, flag]) => [
        `--${long}`,
        ...('char' in flag ? [`-${flag.char}`] : []),
        ...('allowNo' in flag && flag.allowNo ? [`--no-${long}`] : []),
      ]),
    ]),
  ]),
);

describe('the documentation', () => {
  it.each(PAGES)('$path links to what there is', page => {
    const links = [...proseOf(page).matchAll(/\]\((?!https:)([^)\s]*)\)/g)].map(([, link = '']) => link);
    const broken = links.filter(link => {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? page.path : join(dirname(page.path), file);
      const target = PAGES.find(other => other.path === path);
      return !existsSync(path) || (anchor !== undefined && !anchorsOf(target ?? page).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it.each(PAGES)('$path calls commands with flags that they have', page => {
    expect(callsIn(page.text).flatMap(unknownIn)).toEqual([]);
  });

  it.each(GUIDES)('$path names flags that there are', page => {
    const all = new Set(['--version', ...[...FLAGS.values()].flatMap(flags => [...flags])]);
    const spans = [...proseOf(page).matchAll(/`(--?[a-z][\w-]*)[^`]*`/g)].map(([, flag = '']) => flag);
    expect(spans.filter(flag => !all.has(flag))).toEqual([]);
  });

  it.each(PAGES)('$path names scripts that package.json has', ({ text }) => {
    const names = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(names.filter(name => !Object.hasOwn(pjson.scripts, name))).toEqual([]);
  });

  it('lists every command and every exit code in the README', () => {
    const readme = PAGES.find(({ path }) => path === 'README.md')?.text ?? '';
    const rows = (pattern: RegExp) => [...readme.matchAll(pattern)].map(([, first]) => first).sort();
    expect(rows(/^\| `([a-z]+)\b/gm)).toEqual(HELP.map(({ name }) => name));
    expect(rows(/^\| `(\d+)`/gm)).toEqual(Object.values(EXIT).map(String).sort());
  });

  it('lists every decision', () => {
    const listed = PAGES.find(({ path }) => path === 'docs/decisions/README.md')?.text ?? '';
    const titles = PAGES.flatMap(({ path, text }) =>
      /^docs\/decisions\/\d/.test(path) ? (/^# (\d+\. .*)$/m.exec(text)?.[1] ?? path) : [],
    );
    expect(listed.match(/^\d+\. \[.*(?=\]\()/gm)?.map(line => line.replace('[', ''))).toEqual(titles);
  });

  it('explains messages that the program has', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter(file => /\.tsx?$/.test(file))
      .map(file => readFileSync(join('src', file), 'utf8'))
      .join('\n');
    const page = PAGES.find(({ path }) => path === 'docs/troubleshooting.md')?.text ?? '';
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading);
    const messages = headings.flatMap(heading =>
      [...heading.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
    );
    expect(messages.length).toBeGreaterThan(20);
    const parts = messages.flatMap(message => message.split('…'));
    expect(parts.filter(part => !sources.includes(part))).toEqual([]);
    const unexplained = Object.entries(EXPLAINED).filter(([, message]) => !messages.includes(message));
    expect(unexplained).toEqual([]);
  });
});

/** Under which message troubleshooting helps with each way to fail. */
const EXPLAINED: Readonly<Record<FailureCode, string>> = {
  usage: 'a restore asks before it writes, and there is no terminal to ask',
  kubeconfig: 'no kubeconfig: … not exist',
  'not-connected': 'the API server cannot be reached: …',
  unauthorized: 'the API server does not accept …',
  forbidden: '… is forbidden: …',
  'api-error': 'the target has it, but is deleting it',
  'registry-error': '… answered …',
  'registry-unauthorized': '… answered …',
  'registry-missing': 'the registry has no … of it',
  'content-mismatch': "the registry's blob is not what … names",
  'io-error': 'permission denied',
  'no-space': 'there is no space left',
  timeout: 'the API server did not answer in time',
  cycle: 'these wait for each other: …',
  internal: 'this is a bug; run it again with ASA_BACKUP_DEBUG=1',
  'not-an-archive': 'this is not a backup: …',
  incomplete: 'the archive is incomplete: …',
  damaged: 'its bytes do not have the digest that its name states',
  'newer-format': 'the archive has format version …, and this program reads up to version …',
  'base-missing': '… of … layers are in its base, and the base of …, is not at hand',
  locked: 'another export is writing it, run by …',
  refused: 'the file exists already',
  interrupted: 'interrupted; nothing was written',
};

/** The words behind `kubectl asa-backup` wherever that is called in a fence or a code span. */
function callsIn(text: string): string[][] {
  const code = [...text.matchAll(/^```sh.*\n([\s\S]*?)^```$|`([^`\n]+)`/gm)].map(
    ([, fence, span]) => fence ?? span,
  );
  return code
    .flatMap(block => (block ?? '').split(/\n|\||;|&&/))
    .flatMap(line => line.split('kubectl asa-backup ').slice(1))
    .map(words => words.trim().split(/\s+/));
}

function unknownIn([command = '', ...words]: string[]): string[] {
  if (command.startsWith('-')) return ['--help', '--version'].includes(command) ? [] : [command];
  const flags = FLAGS.get(command);
  if (flags === undefined) return [`there is no command ${command}`];
  const used = words.filter(word => /^--?[a-zA-Z]/.test(word)).map(word => word.replace(/=.*/, ''));
  return used.filter(flag => !flags.has(flag)).map(flag => `${command} has no ${flag}`);
}
