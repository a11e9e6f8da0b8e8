import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../../src/commands/completion/values.ts';
import { HELP } from '../../src/commands/help/all.ts';
import { examplesOf } from '../../src/commands/help/describe.ts';
import { SSH_KEYS } from '../archive/ssh-keys.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { documentation } from '../support/markdown.ts';
import { START } from '../support/program.ts';

const PROGRAM = START.map(word => `'${word}'`).join(' ');

/** What the examples call beside the program: a kubectl that knows one plugin, and another machine. */
const SHIMS: Readonly<Record<string, string>> = {
  kubectl: `#!/bin/sh\n[ "$1" = asa-backup ] || exit 0\nshift\nexec ${PROGRAM} "$@"\n`,
  'kubectl-asa_backup': `#!/bin/sh\nexec ${PROGRAM} "$@"\n`,
  ssh: '#!/bin/sh\nshift\nexec sh -c "$*"\n',
};

/** Has a test of its own, and with `--serve` goes on until it is told to stop. */
const OF_THE_DEMO = /asa-backup demo\b/;

const EXAMPLES = HELP.flatMap(command =>
  examplesOf(command, 'kubectl asa-backup').map(example => example.command),
).filter(line => !OF_THE_DEMO.test(line));

/** Fences that other tests run, by their notes: guides as a whole, and lines that read archives without this program. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  run: 'test/package/guides.test.ts',
  release: 'test/package/release.real.test.ts',
  read: 'test/archive/tools.real.test.ts',
};

/** Lines of the documentation that need a world which is not here, and where the nearest thing to them is tested. */
const NOT_HERE: readonly { readonly line: RegExp; readonly because: string; readonly tested: string }[] = [
  { line: /^npm (ci|run test:live)/, because: 'this is how tests are run', tested: '.ci/run' },
  { line: OF_THE_DEMO, because: 'it takes long', tested: 'test/package/demo.test.ts' },
  {
    line: /^export \w+=/,
    because: 'it names the places of the lines after it',
    tested: 'test/package/guides.test.ts',
  },
  { line: /^age-keygen/, because: 'age may not be installed', tested: 'test/archive/tools.real.test.ts' },
  { line: /^kubectl (get|apply)/, because: 'it needs kubectl', tested: 'test/program/kubectl.real.test.ts' },
  { line: /seek=40000000/, because: 'of a larger archive', tested: 'test/archive/fuzz.test.ts' },
  {
    line: /^kubectl asa-backup verify bad\.tar/,
    because: 'of the archive before',
    tested: 'test/archive/fuzz.test.ts',
  },
  { line: /=svc:/, because: 'it needs a kubelet', tested: 'test/program/port-forward.test.ts' },
  { line: /https:\/\/registry/, because: 'it needs that host', tested: 'test/registry/network.test.ts' },
  {
    line: /(restore|export \S+) --resume/,
    because: 'nothing was interrupted',
    tested: 'test/program/kill.test.ts',
  },
  {
    line: /--domain-map shop/,
    because: 'of a domain in another foundation',
    tested: 'test/restore/domains.test.ts',
  },
  { line: /--(save-)?answers/, because: 'somebody has to answer', tested: 'test/program/wizard.test.ts' },
  { line: /id_ed25519\.pub$/, because: 'it needs an agent', tested: 'test/archive/ssh-agent.test.ts' },
];

/** Every line of shell in the documentation that no other test runs, and no help text has. */
const DOCUMENTED = [
  ...new Set(
    documentation()
      .filter(({ path }) => /^(README\.md|docs\/[^/]+\.md)$/.test(path) && path !== 'docs/format.md')
      .flatMap(({ fences }) => fences)
      .filter(({ language, note }) => language === 'sh' && RUN_ELSEWHERE[note] === undefined)
      .flatMap(({ text: block }) => block.trimEnd().split('\n')),
  ),
].filter(line => !EXAMPLES.includes(line));

/**
 * Every example in a help text and every line of shell in the documentation is run, as it stands, in a folder that has
 * what its words name; only hosts, recipients and mount points are others. On a terminal some of them would ask
 * something: without one they must say so.
 */
describe('the examples in help texts, and the commands in the documentation', () => {
  let source: Stage;
  let target: Stage;
  let folder: string;
  let recipient: string;
  let org: string;
  let app: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'old-site', landscape: TINY }),
      startStage({ name: 'new-site' }),
    ]);
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-examples-'));
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const [name, script] of Object.entries(SHIMS))
      await writeFile(join(bin, name), script, { mode: 0o755 });
    const identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
    await writeFile(join(folder, 'key.txt'), `${identity}\n`);
    for (const name of ['keys.txt', 'theirs.txt', 'new.txt'])
      await writeFile(join(folder, name), `${recipient}\n`);
    await writeFile(join(folder, 'id_ed25519'), SSH_KEYS.ours.text, { mode: 0o600 });
    await writeFile(join(folder, 'signers.txt'), `ops@example.com ${SSH_KEYS.ours.line}\n`);
    const flags = new Map([['kubeconfig', [source.kubeconfigFile]]]);
    const orgs = await valuesOf('org', { command: 'export', flags, positional: [] });
    org = orgs?.[0]?.value ?? '';
    const named = await bash('kubectl asa-backup list --context old-site -o name');
    app = /^app\/(.*)$/m.exec(named.output)?.[1] ?? '';
    const prepared = await bash(PREPARE);
    expect(prepared.code, prepared.output).toBe(0);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it.each(EXAMPLES)('%s', { timeout: 120_000 }, works);

  it.each(DOCUMENTED.filter(line => !NOT_HERE.some(other => other.line.test(line))))(
    'in the documentation: %s',
    { timeout: 120_000 },
    works,
  );

  it('leave out what cannot be run here, for reasons that still hold', () => {
    const stale = NOT_HERE.filter(
      ({ line, tested }) =>
        !existsSync(tested) || ![...EXAMPLES, ...DOCUMENTED].some(other => line.test(other)),
    );
    expect(stale).toEqual([]);
  });

  async function works(line: string): Promise<void> {
    const { code, output } = await bash(`cp -r given/. . && ${here(line)}`);
    const asks = code === 2 && /there is no terminal to ask|FILE is missing/.test(output);
    // A comparison that finds a difference has done its work.
    const differs = code === 1 && line.includes(' diff ') && !/^error:/m.test(output);
    const loses = code === 3 && line.includes('damaged');
    const isFine = code === 0 || asks || differs || loses;
    expect({ code: isFine ? 0 : code, output: isFine ? '' : output }).toEqual({ code: 0, output: '' });
  }

  /** The example with places that exist. */
  function here(line: string): string {
    return line
      .replaceAll('age1…', recipient)
      .replaceAll('old.example.com', source.registry.host)
      .replaceAll('new.example.com', target.registry.host)
      .replaceAll('/media/', `${folder}/media/`)
      .replaceAll('/var/lib/', `${folder}/`)
      .replaceAll('/dev/nst0', `${folder}/tape`)
      .replaceAll('production', 'old-site')
      .replaceAll('acme/dev/shop', app)
      .replaceAll('acme', org)
      .replace('undo --dry-run --context', 'undo journal.jsonl --dry-run --context')
      .replace(/\S*T\d{6}Z-new-site\.jsonl/, 'journal.jsonl');
  }

  async function bash(script: string): Promise<{ code: number | null; output: string }> {
    const env = {
      PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      KUBECONFIG: [source.kubeconfigFile, target.kubeconfigFile].join(delimiter),
      OLD: source.registry.host,
      NEW: target.registry.host,
      ASA_BACKUP_IDENTITY: join(folder, 'key.txt'),
      ASA_BACKUP_OVERWRITE: 'true',
      ASA_BACKUP_RECIPIENTS_FILE: join(folder, 'keys.txt'),
    };
    const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', `exec 2>&1\n${script}`], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>(resolve => child.on('close', resolve));
    const output = await text(child.stdout);
    return { code: await ended, output };
  }
});

/** What is in the folder before each example: an archive, its parts, and places to put things. */
const PREPARE = `
mkdir -p given/media/one given/media/two given/media/stick given/restores
cd given
kubectl asa-backup export backup.tar --context old-site --sign-key ../id_ed25519 --quiet > /dev/null
cp backup.tar damaged.tar
cp backup.tar sunday.tar
kubectl asa-backup export monday.tar --context old-site --base sunday.tar --quiet > /dev/null
kubectl asa-backup export tuesday.tar --context old-site --base monday.tar --quiet > /dev/null
printf x | dd of=damaged.tar bs=1 seek=$(($(stat -c %s backup.tar) / 2)) conv=notrunc status=none
kubectl asa-backup split backup.tar --volume-size 200KB > /dev/null
cp backup.001.tar media/one && cp backup.[!0]*.tar backup.00[!1].tar media/two 2> /dev/null || true
kubectl asa-backup restore backup.tar --context new-site --registry-map $OLD/=$NEW/ --journal journal.jsonl --yes > /dev/null
`;
