import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultWords, type FlagShape } from '../../src/commands/program/defaults.ts';

const FLAGS: Record<string, FlagShape> = {
  context: { type: 'option' },
  recipient: { type: 'option', multiple: true, exclusive: ['plaintext-secrets'] },
  'plaintext-secrets': { type: 'boolean' },
  attached: { type: 'boolean', allowNo: true },
  'sign-key': { type: 'option' },
  'sign-namespace': { type: 'option', dependsOn: ['sign-key'] },
  yes: { type: 'boolean' },
};
const KNOWN = new Set([...Object.keys(FLAGS), 'identity']);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-defaults-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function words(given: string[], env: Record<string, string>, file?: string, ruledOut: string[] = []) {
  const path = join(folder, 'config.yaml');
  if (file !== undefined) await writeFile(path, file);
  const place = file === undefined ? { HOME: folder } : { ASA_BACKUP_CONFIG: path };
  return defaultWords(FLAGS, { given: new Set(given), ruledOut }, async () => KNOWN, { ...place, ...env });
}

describe('what the command line leaves open', () => {
  it('is nothing where nothing is configured', async () => {
    expect(await words([], {})).toEqual([]);
  });

  it.each([
    ['a value', { ASA_BACKUP_CONTEXT: 'old' }, ['--context=old']],
    ['several values', { ASA_BACKUP_RECIPIENT: 'age1a,age1b' }, ['--recipient=age1a', '--recipient=age1b']],
    ['a switch', { ASA_BACKUP_PLAINTEXT_SECRETS: 'true' }, ['--plaintext-secrets']],
    ['a switch that is off', { ASA_BACKUP_PLAINTEXT_SECRETS: '0' }, []],
    ['a switch to turn off', { ASA_BACKUP_ATTACHED: 'false' }, ['--no-attached']],
    ['nothing', { ASA_BACKUP_CONTEXT: '' }, []],
  ])('comes from the environment: %s', async (_, env, expected) => {
    expect(await words([], env)).toEqual(expected);
  });

  it('comes from the file, of which a command takes what it has', async () => {
    const file =
      'context: old # the first site\nidentity: key.txt\nrecipient:\n  - age1a\n  - age1b\nattached: false\n';
    expect(await words([], {}, file)).toEqual([
      '--context=old',
      '--recipient=age1a',
      '--recipient=age1b',
      '--no-attached',
    ]);
  });

  it('is asked of the environment before the file', async () => {
    expect(await words([], { ASA_BACKUP_CONTEXT: 'new' }, 'context: old\n')).toEqual(['--context=new']);
  });

  it('never stands against the command line', async () => {
    const file = 'context: old\nrecipient: age1a\n';
    expect(await words(['context', 'plaintext-secrets'], {}, file)).toEqual([]);
  });

  it('of the file never stands against the environment', async () => {
    expect(await words([], { ASA_BACKUP_PLAINTEXT_SECRETS: '1' }, 'recipient: age1a\n')).toEqual([
      '--plaintext-secrets',
    ]);
  });

  it('means nothing where it is ruled out, or without what it depends on', async () => {
    const file = 'context: old\nsign-namespace: backups\n';
    expect(await words([], {}, file, ['context'])).toEqual([]);
    expect(await words(['sign-key'], {}, file, ['context'])).toEqual(['--sign-namespace=backups']);
  });

  it.each([
    ['contxt: x', 'there is no flag --contxt', ['did you mean context?']],
    ['yes: true', '--yes is not taken from a file', ['pass it where you mean it']],
    ['- a', 'the configuration is no list of FLAG: VALUE', []],
    ['context: {a: b}', 'context is a text, a number, true, false, or a list of them', []],
    ['attached: perhaps', 'attached is true or false', []],
  ])('is refused when the file says %s', async (file, message, hints) => {
    await expect(words([], {}, file)).rejects.toMatchObject({ code: 'usage', message, hints });
  });

  it('is refused when a file that was named is not there', async () => {
    const missing = words([], { ASA_BACKUP_CONFIG: join(folder, 'none.yaml') });
    await expect(missing).rejects.toThrow('the configuration cannot be read: ENOENT');
  });
});
