import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, SECRET } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';

/** What the program is told wrongly, and what it answers; nothing was asked of any server by then. */
const WRONG: [args: string, ...says: string[]][] = [
  ['exprt backup.tar', 'error: there is no command "exprt"', 'hint: did you mean export?'],
  ['frobnicate', 'error: there is no command "frobnicate"', 'hint: see --help for the commands there are'],
  [
    'export backup.tar --pasphrase',
    'error: there is no flag --pasphrase',
    'hint: did you mean --passphrase?',
  ],
  [`restore b.tar --tokn=${SECRET}`, 'error: there is no flag --tokn', 'hint: did you mean --token?'],
  ['verify b.tar --frobnicate', 'error: there is no flag --frobnicate', 'hint: see --help'],
  ['export', 'error: FILE is missing: the archive to write; - is standard output', 'hint: see --help'],
  [
    'verify',
    'error: FILES is missing: the archive to read, or all parts of it in any order; - is standard input',
    'hint: see --help',
  ],
  ['demo b.tar', 'error: unexpected argument: b.tar', 'hint: see --help'],
  ['export b.tar --context', 'error: flag --context expects a value', 'hint: see --help'],
  [
    'export b.tar --plaintext-secrets --recipient age1x',
    'error: --plaintext-secrets and --recipient exclude each other',
    'hint: see --help',
  ],
  [
    'export b.tar --passphrase --passphrase-fd 3',
    'error: --passphrase-fd and --passphrase exclude each other',
    'hint: see --help',
  ],
  [
    'export b.tar --passphrase-fd three',
    'error: --passphrase-fd: expected an integer but received: three',
    'hint: see --help',
  ],
  [
    'export b.tar --recipient age1x',
    'error: age1x: no age recipient: invalid string length 5, expected (8..90)',
    'hint: a recipient is a public key that starts with age1, as age-keygen prints it, or an ed25519 key of ssh',
  ],
  [
    'export b.tar --plaintext-secrets --exclude CFAp',
    'error: there is no kind "CFAp" in a backup',
    'hint: did you mean CFApp?',
  ],
  [
    'restore b.tar --yes -l =web',
    'error: "=web": this is no label selector',
    'hint: write it as kubectl takes it: tier=web, tier!=web, tier in (web,worker), tier, !tier',
  ],
  [
    'restore --resume nowhere.jsonl',
    'error: nowhere.jsonl: neither a journal nor an archive is there',
    'hint: a journal to go on from: kubectl asa-backup journals lists them',
    'hint: an archive that is somewhere else now: name the file, or the folder with its parts',
  ],
  ['restore b.tar --yes -o xml', 'error: expected --output=xml to be one of: json, yaml', 'hint: see --help'],
  [
    'restore b.tar --yes --progress loud',
    'error: expected --progress=loud to be one of: auto, ink, plain, json, none',
    'hint: see --help',
  ],
  [
    'restore b.tar --yes --registry-map here',
    'error: here: expected FROM=TO, two beginnings of repositories',
    'hint: for example registry.old.example.com/apps/=registry.new.example.com/apps/',
    "hint: or '*=registry.new.example.com/mirror' for every image that no other rule covers",
  ],
  [
    'restore b.tar --yes --wait-timeout soon',
    'error: --wait-timeout: "soon" is no duration',
    'hint: a duration is written 30s or 1m30s',
  ],
  [
    'restore b.tar',
    'error: a restore asks before it writes, and there is no terminal to ask',
    'hint: pass --yes to confirm beforehand, or --dry-run to see what would be done',
  ],
  [
    'undo',
    'error: an undo asks before it removes anything, and there is no terminal to ask',
    'hint: pass --yes to confirm beforehand, or --dry-run to see what would be done',
  ],
  [
    'export b.tar',
    'error: there is no terminal to ask for a passphrase',
    'hint: pass --recipient age1…, --recipients-file FILE, --passphrase-fd N, or --plaintext-secrets',
  ],
  ['export', 'error: FILE is missing: the archive to write; - is standard output', 'hint: see --help'],
  [
    'rekey b.tar --output c.tar',
    'error: there is no terminal to ask for a passphrase',
    'hint: pass --recipient age1…, --recipients-file FILE, --new-passphrase-fd N, or --plaintext-secrets',
  ],
  [
    'export - -o json --plaintext-secrets',
    'error: standard output is taken by the archive',
    'hint: leave --output out, or write the archive to a file',
  ],
];

describe('a wrong command line', () => {
  it.concurrent.each(WRONG)('%s', async (args, ...says) => {
    expect(failureOf(await runProgram(args.split(' ')))).toEqual({ code: 2, says });
  });
});

describe('a wrong setting', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'asa-backup-flags-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is a file of recipients with something else in it, which is not repeated', async () => {
    const file = join(directory, 'recipients');
    await writeFile(file, `# ours\nAGE-SECRET-KEY-1${SECRET}\n`);
    const { code, says } = failureOf(await runProgram(['export', 'b.tar', '--recipients-file', file]));
    expect({ code, says: says[0] }).toEqual({
      code: 2,
      says: expect.stringMatching(/^error: .*(line 2|recipient)/),
    });
  });

  it('is a file that is not there', async () => {
    const missing = join(directory, 'missing');
    const named = { MISSING: missing };
    expect(failureOf(await runProgram(['export', 'b.tar', '-R', missing]), named)).toEqual({
      code: 2,
      says: [
        'error: MISSING: the file of --recipients-file cannot be read',
        "  because: ENOENT: no such file or directory, open 'MISSING'",
      ],
    });
  });

  it('is a number of transfers that is too large or too small', async () => {
    for (const number of ['0', '33']) {
      const { code, says } = failureOf(await runProgram(['export', 'b.tar', '--concurrency', number]));
      expect({ code, says: says[0] }).toEqual({
        code: 2,
        says: expect.stringMatching(/--concurrency.*\b(1|32)\b/),
      });
    }
  });

  it('is a date of the epoch that is none', async () => {
    const archive = join(directory, 'b.tar');
    const env = { SOURCE_DATE_EPOCH: 'today' };
    const outcome = await runProgram(['export', archive, '--plaintext-secrets'], { env });
    expect(failureOf(outcome)).toEqual({
      code: 2,
      says: ['error: today: SOURCE_DATE_EPOCH is no number of seconds since 1970'],
    });
    expect((await readdir(directory)).filter(name => name.startsWith('b.tar'))).toEqual([]);
  });
});
