import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/kubectl-asa_backup', import.meta.url));
const VECTOR = fileURLToPath(new URL('../vectors/valid-small.tar', import.meta.url));
/** What the launcher takes this Node.js for. */
const OLDER = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })',
)}`;

it('a checkout on a machine with an older Node.js gets what comes through descriptors', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'asa-backup-older-'));
  const output = join(directory, 'new.tar');
  const run = `"${process.execPath}" --import '${OLDER}' "${BIN}"`;
  const rekey = `${run} rekey "${VECTOR}" --overwrite --output "${output}"`;
  const script = [
    `${rekey} --new-passphrase-fd 7 7<<< geheim`,
    `${rekey} --recipients-file <(echo RECIPIENT)`,
  ];
  try {
    const { newIdentity } = await import('../../src/archive/age.ts');
    const { recipient } = await newIdentity();
    const outcome = await promisify(execFile)('bash', [
      '-ec',
      script.join('\n').replace('RECIPIENT', recipient),
    ]);
    expect(outcome.stdout.match(/^rekeyed, to /gm)).toHaveLength(2);
  } finally {
    await rm(directory, { recursive: true });
  }
});
