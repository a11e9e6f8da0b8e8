import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { runInShell, runProgram } from '../support/program.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

const EPOCH = { SOURCE_DATE_EPOCH: '1700000000' };
const CUT = ['--volume-size', '96KiB'];

let source: Stage;
let target: Stage;
let exporting: string[];
let whole: string;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: TINY }),
    startStage({ name: 'target' }),
  ]);
  exporting = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
  whole = join(source.directory, 'whole.tar');
  expect((await runProgram(['export', whole, ...exporting], { env: EPOCH })).code).toBe(0);
}, 60_000);
afterAll(() => Promise.all([source?.stop(), target?.stop()]));

const folder = async (name: string) => {
  const path = join(source.directory, name);
  await mkdir(path);
  return path;
};
const filesIn = async (path: string) => (await readdir(path)).sort();

describe('an archive in parts', { timeout: 60_000 }, () => {
  it('comes of an export, of which nothing differs but the files', async () => {
    const cut = await folder('exported');
    const { code, stdout } = await runProgram(
      ['export', join(cut, 'backup.tar'), ...exporting, ...CUT, '-o', 'json'],
      {
        env: EPOCH,
      },
    );
    expect(code).toBe(0);
    const parts: string[] = JSON.parse(stdout).parts;
    expect(parts).toEqual((await filesIn(cut)).map(file => join(cut, file)));
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect((await stat(part)).mode & 0o777).toBe(0o600);
    const joined = await runInShell('', ['join', cut, '--output', '-', '--quiet'], `| cmp - ${whole}`);
    expect(joined).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('comes of split too, with the same parts, and join makes it whole again', async () => {
    const cut = await folder('split');
    const split = await runProgram(['split', whole, join(cut, 'backup.tar'), ...CUT]);
    expect({ code: split.code, last: split.stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: expect.stringMatching(/backup\.00\d\.tar$/),
    });
    for (const file of await filesIn(cut)) {
      const [one, other] = await Promise.all(
        ['split', 'exported'].map(name => readFile(join(source.directory, name, file))),
      );
      expect([file, other !== undefined && one?.equals(other)]).toEqual([file, true]);
    }
    const joined = await runProgram(['join', ...(await filesIn(cut)).map(file => join(cut, file)).reverse()]);
    expect(joined.code).toBe(0);
    expect((await readFile(join(cut, 'backup.tar'))).equals(await readFile(whole))).toBe(true);
  });

  it('is verified, inspected and restored as it is, from several folders in any order', async () => {
    const [one, two] = [await folder('one'), await folder('two')];
    await runProgram(['split', whole, join(one, 'backup.tar'), ...CUT]);
    await rename(join(one, 'backup.002.tar'), join(two, 'backup.002.tar'));
    expect((await runProgram(['verify', two, one])).code).toBe(0);
    const inspected = await runProgram(['inspect', join(two, 'backup.002.tar'), one, '-o', 'json']);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ losses: [], formatVersion: 1 });
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const to = ['--kubeconfig', target.kubeconfigFile, '--registry-map', map];
    const restored = await runProgram([
      'restore',
      two,
      one,
      ...to,
      '--yes',
      '-o',
      'json',
      '--wait-timeout',
      '90s',
    ]);
    expect({ code: restored.code, losses: JSON.parse(restored.stdout).losses }).toEqual({
      code: 0,
      losses: [],
    });
  });

  it('without one of them is refused before anything is written, and says which', async () => {
    const cut = await folder('missing');
    await runProgram(['split', whole, join(cut, 'backup.tar'), ...CUT]);
    await rm(join(cut, 'backup.002.tar'));
    const before = target.server.storage.revision;
    const to = ['--kubeconfig', target.kubeconfigFile, '--yes'];
    for (const args of [['verify'], ['inspect'], ['join'], ['restore', ...to]]) {
      const { code, says } = failureOf(await runProgram([...args, join(cut, 'backup.001.tar')]));
      expect({ code, error: says[0] }).toEqual({
        code: 4,
        error: expect.stringMatching(/backup\.001\.tar: the archive is incomplete: part 2 of \d is missing$/),
      });
    }
    expect(target.server.storage.revision).toBe(before);
  });

  it('of which one is damaged, wherever that is, is refused before anything is written, and says which', async () => {
    const cut = await folder('bent');
    await runProgram(['split', whole, join(cut, 'backup.tar'), ...CUT]);
    const last = join(cut, (await filesIn(cut)).at(-1) ?? '');
    const bytes = await readFile(last);
    // Among the last layers: what a restore would come to at its end.
    await writeFile(last, bytes.fill((bytes.at(8_000) ?? 0) ^ 1, 8_000, 8_001));
    const before = target.server.storage.revision;
    const args = ['restore', cut, '--kubeconfig', target.kubeconfigFile, '--yes', '--quiet'];
    expect(failureOf(await runProgram(args))).toEqual({
      code: 4,
      says: [
        `error: ${last}: its bytes do not have the digest that the part states`,
        'hint: copy this part again from where it was made; the others need not be',
      ],
    });
    expect(target.server.storage.revision).toBe(before);
  });
});

describe('parts of which some are lost', { timeout: 60_000 }, () => {
  it('are repaired as far as they go; one that is only damaged at its front loses nothing', async () => {
    const cut = await folder('broken');
    await runProgram(['split', whole, join(cut, 'backup.tar'), ...CUT]);
    const [, second = '', third = ''] = (await filesIn(cut)).map(file => join(cut, file));
    const bytes = await readFile(second);
    await writeFile(second, bytes.fill(0, 0, 4096));
    const mended = join(cut, 'mended.tar');
    const repaired = await runProgram(['repair', join(cut, 'backup.001.tar'), '-o', mended]);
    expect([repaired.code, (await readFile(mended)).equals(await readFile(whole))]).toEqual([0, true]);
    await rm(third);
    const less = join(cut, 'less.tar');
    const { code, stdout } = await runProgram(['repair', cut, '-o', less]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringContaining('lost') });
    expect((await runProgram(['verify', less])).code).toBe(3);
  });

  it('come through a pipe one behind the other', async () => {
    const cut = await folder('piped');
    await runProgram(['split', whole, join(cut, 'backup.tar'), ...CUT]);
    const shell = await runInShell(`cat ${cut}/backup.*.tar |`, ['verify', '-', '--quiet']);
    expect(shell.code).toBe(0);
    expect(shell.stdout).toContain('standard input is intact');
  });

  it('are inspected in a pipe to the end, which is said, and is so', async () => {
    const cut = await folder('inspected');
    await runProgram(['split', whole, join(cut, 'backup.tar'), ...CUT]);
    const piped = () => runInShell(`cat ${cut}/backup.*.tar |`, ['inspect', '-']);
    const verdicts = await Promise.all([piped(), runProgram(['inspect', cut])]);
    expect(
      verdicts.map(({ code, stdout }) => [code, stdout.replaceAll(/\s+/g, ' ').split('; ').at(-1)]),
    ).toEqual([
      [0, 'its layers were read on the way, and every digest is right '],
      [0, 'its layers were not looked at, verify does that '],
    ]);
    const third = join(cut, 'backup.003.tar');
    const bytes = await readFile(third);
    bytes.writeUInt8(bytes.readUInt8(50_000) ^ 1, 50_000);
    await writeFile(third, bytes);
    expect([(await piped()).code, (await runProgram(['inspect', cut])).code]).toEqual([4, 0]);
  });

  it.runIf(process.platform !== 'win32')(
    'come through a named pipe, which is opened once; repair refuses one',
    async () => {
      const pipe = join(source.directory, 'pipe');
      expect(
        (await runInShell(`mkfifo ${pipe} && { cat ${whole} > ${pipe} & } &&`, ['verify', pipe, '--quiet']))
          .code,
      ).toBe(0);
      expect(
        failureOf(await runProgram(['repair', pipe, '-o', join(source.directory, 'x.tar')])),
      ).toMatchObject({
        code: 2,
        says: [
          `error: ${pipe}: to be repaired, an archive has to be a file`,
          'hint: copy it to a disk first',
        ],
      });
    },
  );
});

describe('what was written', { timeout: 60_000 }, () => {
  it.each([
    ['in one file', []],
    ['in parts', CUT],
  ])('%s is read back with --verify, which says where from', async (name, more) => {
    const path = join(await folder(`verified ${name}`), 'backup.tar');
    const { code, stdout } = await runProgram([
      'export',
      path,
      ...exporting,
      ...more,
      '--verify',
      '-o',
      'json',
    ]);
    expect({ code, readBack: JSON.parse(stdout).readBack }).toEqual({
      code: 0,
      readBack: expect.stringMatching(/^(medium|cache)$/),
    });
  });
});

describe('what parts need', () => {
  it.each([
    [['export', '-', '--verify', '--plaintext-secrets'], 'standard output cannot be read back'],
    [['export', '-', ...CUT, '--plaintext-secrets'], 'parts are files, and standard output is none'],
    [['split', '-', ...CUT], 'split reads and writes files, which standard input and output are not'],
    [['split', 'backup.tar', '--volume-size', '4G'], '"4G" is no size of a volume'],
    [['join', '-'], 'parts are joined from files, and standard input is none'],
    [['repair', '-', '-o', 'x.tar'], 'standard input: to be repaired, an archive has to be a file'],
    [['join', 'README.md'], 'README.md: this is no part of an archive'],
    [['verify', '-', 'backup.tar'], 'standard input is one archive, and cannot be a part beside files'],
  ])('is said beforehand: %j', async (args, message) => {
    const { code, says } = failureOf(await runProgram(args));
    expect({ code, error: says[0] }).toEqual({ code: 2, error: `error: ${message}` });
  });
});

describe('parts on media of their own', { timeout: 120_000 }, () => {
  let media: string;
  let parts: number;
  beforeAll(async () => {
    media = await folder('media');
    await runProgram(['split', whole, join(media, 'backup.tar'), ...CUT]);
    const files = await filesIn(media);
    parts = files.length;
    for (const [at, file] of files.entries()) {
      await mkdir(join(media, String(at + 1)));
      await rename(join(media, file), join(media, String(at + 1), file));
    }
  });

  /**
   * Answers as somebody who has them all; first once with another one, whose folder is proposed from then on.
   *
   * @param insert what is done when a part is asked for; its folder
   */
  async function asked(
    args: readonly string[],
    first = join(media, '1', 'backup.001.tar'),
    insert = async (part: string, questions: number) => join(media, questions === 1 ? '1' : part),
  ) {
    const terminal = new ProgramInTerminal([...args, first], { columns: 160, rows: 60 });
    const wanted: string[] = [];
    let isOver = false;
    const ended = terminal.ended.finally(() => {
      isOver = true;
    });
    for (let questions = 1; ; questions++) {
      while (!isOver && [...terminal.text.matchAll(/where it is \[.*\]: ?/g)].length < questions)
        await new Promise(resolve => setTimeout(resolve, 20));
      if (isOver) break;
      const part = [...terminal.text.matchAll(/next: part (\d)/g)].at(-1)?.[1] ?? '';
      wanted.push(part);
      terminal.type(`${await insert(part, questions)}\r`);
    }
    return { code: await ended, wanted, terminal };
  }

  it('are asked for where they are needed, and no sooner', async () => {
    const to = ['--kubeconfig', target.kubeconfigFile];
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const inspected = await asked(['inspect']);
    // Of what lies between head and seal nothing is read.
    expect([inspected.code, inspected.wanted]).toEqual([0, ['2', '2', String(parts)]]);
    expect(inspected.terminal.text).toContain('backup.001.tar is part 1 of the backup made at');
    const before = target.server.storage.revision;
    const differs = await asked(['diff', ...to, '--registry-map', map]);
    expect([differs.code, differs.wanted]).toEqual([0, ['2', '2']]);
    expect(target.server.storage.revision).toBe(before);
    const all = Array.from({ length: parts - 1 }, (_, at) => String(at + 2));
    const restored = await asked(['restore', ...to, '--registry-map', map, '--yes']);
    expect([restored.code, restored.wanted]).toEqual([0, ['2', ...all]]);
    expect(restored.terminal.isSane).toBe(true);
  });

  it('in one drive are all checked before anything is written, and asked for again to be restored', async () => {
    const drive = await folder('drive');
    const fresh = await startStage({ name: 'from-one-drive' });
    const put = async (part: string, bent: boolean) => {
      const name = `backup.00${part}.tar`;
      for (const file of await filesIn(drive)) await rm(join(drive, file));
      const bytes = await readFile(join(media, part, name));
      if (bent) bytes.writeUInt8(bytes.readUInt8(50_000) ^ 1, 50_000);
      await writeFile(join(drive, name), bytes);
      return drive;
    };
    const to = ['--kubeconfig', fresh.kubeconfigFile, '--yes'];
    const map = ['--registry-map', `${source.registry.host}/=${fresh.registry.host}/`];
    const written = () => [fresh.server.storage.revision, fresh.registry.repositories().length];
    const before = written();
    const seen: [string, boolean][] = [];
    const one = join(await put('1', false), 'backup.001.tar');
    const { code, terminal } = await asked(['restore', ...to, ...map], one, async part => {
      seen.push([part, `${written()}` === `${before}`]);
      // The copy of the third one that comes first is damaged.
      return put(part, part === '3' && !seen.slice(0, -1).some(([earlier]) => earlier === '3'));
    });
    // The head is in the first two; all are checked, the third one twice; the layers begin in the second one.
    const [head, checked, restored] = [['2'], ['1', '2', '3', '3', '4'], ['2', '3', '4']];
    expect([code, seen.map(([part]) => part)]).toEqual([0, [...head, ...checked, ...restored]]);
    // Nothing is written before the last of them is checked; then what needs no image is, while the next one is asked for.
    const untouched = seen.filter(([, isUntouched]) => isUntouched).length;
    expect(untouched).toBe(head.length + checked.length);
    expect(written()).not.toEqual(before);
    expect(terminal.text).toMatch(/so each medium is asked for\s+twice/);
    expect(terminal.text).toMatch(/backup\.003\.tar: its bytes do not have the digest/);
    await fresh.stop();
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe.runIf(canMount)('small media', { timeout: 120_000 }, () => {
  let media: string[];
  beforeAll(async () => {
    media = await Promise.all(['a', 'b', 'c'].map(name => folder(`medium-${name}`)));
    for (const [at, path] of media.entries()) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', at < 2 ? 'size=128k' : 'size=256k', 'none', path]);
    }
  });
  afterAll(() => {
    for (const path of media) execFileSync('umount', [path]);
  });

  it('are refused without a terminal, with the size of parts that would fit', async () => {
    const { code, says } = failureOf(
      await runProgram(['export', join(media[0] ?? '', 'backup.tar'), ...exporting]),
    );
    expect({ code, error: says[0] }).toEqual({
      code: 5,
      error: expect.stringMatching(/: the archive takes \d+ bytes, and \d+ are free$/),
    });
    expect(await filesIn(media[0] ?? '')).toEqual([]);
  });

  it('are asked for one after the other on a terminal, and again when the archive is read', async () => {
    const [first = '', ...others] = media;
    const terminal = new ProgramInTerminal(['export', join(first, 'backup.tar'), ...exporting, ...CUT], {
      columns: 160,
    });
    await terminal.until(/next: part 2 of \d, backup\.002\.tar/);
    await terminal.until(/folder of the next medium \[.*medium-a\]:/);
    terminal.type('\r');
    await terminal.until(/and 28672 are free[\s\S]*and 28672 are free[\s\S]*medium-a\]:/);
    for (const [at, path] of others.entries()) {
      terminal.type(`${path}\r`);
      if (at === 0) await terminal.until(/next: part 3 of \d/);
    }
    expect(await terminal.ended).toBe(0);
    expect(terminal.text).toMatch(/exported to 4 parts/);
    expect(terminal.isSane).toBe(true);
    expect(await Promise.all(media.map(filesIn))).toEqual(
      [[1], [2], [3, 4]].map(parts => parts.map(number => `backup.00${number}.tar`)),
    );

    const reading = new ProgramInTerminal(['verify', join(first, 'backup.001.tar')], { columns: 160 });
    await reading.until(/next: part 2 of the backup made at/);
    reading.type(`${others[1]}\r`);
    await reading.until(/is part 3 of the backup made at/);
    reading.type(`${others[0]}\r`);
    await reading.until(/next: part 3 of the backup/);
    reading.type(`${others[1]}\r`);
    expect(await reading.ended).toBe(0);
    expect(reading.text).toMatch(/is intact/);
  });
});
