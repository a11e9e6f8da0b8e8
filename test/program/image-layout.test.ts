import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure.ts';
import { blobFile, packed, type SampleLayout, sampleLayout } from '../support/image-layout.ts';
import { runProgram } from '../support/program.ts';

describe('an image layout of another program', () => {
  let folder: string;
  let path: string;
  let sample: SampleLayout;
  let tar: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-layout-'));
    path = join(folder, 'images.tar');
    sample = sampleLayout();
    tar = packed(sample.files);
    await writeFile(path, tar);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is inspected as images without a foundation', async () => {
    const { code, stdout } = await runProgram(['inspect', path]);
    expect(code).toBe(0);
    expect(stdout).toContain('an OCI image layout of another program: images without a foundation');
    expect(stdout).toContain(sample.index);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('linux/amd64, linux/arm64');
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/it is no backup, and cannot be restored $/);
  });

  it('is verified from a pipe, every digest', async () => {
    const { code, stdout } = await runProgram(['verify', '-', '-o', 'json'], { input: tar });
    expect({ code, result: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      result: {
        ...{ holds: 'oci-image-layout', file: '-', bytes: tar.length, checked: 'all', strays: 0 },
        images: [{ name: 'v1', digest: sample.index }],
        blobs: sample.blobs.length,
      },
    });
  });

  it('with one bit wrong ends with exit code 4 and the name of the entry', async () => {
    const bent = Buffer.from(tar);
    const at = bent.indexOf(blobFile(sample.layer));
    bent[at + 600] = (bent[at + 600] ?? 0) ^ 1;
    const { code, says } = failureOf(await runProgram(['verify', '-'], { input: bent }));
    expect(code).toBe(4);
    expect(says.join('\n')).toContain(`${blobFile(sample.layer)} at byte ${at}`);
  });

  it.each([
    ['restored', ['restore', '--yes']],
    ['rehearsed', ['rehearse']],
    ['repaired', ['repair', '--quiet', '--output', 'OUTPUT']],
  ])('is not %s, and it is said why and what to do', async (_, [command = '', ...flags]) => {
    const output = `${path}.output`;
    const args = flags.map(flag => (flag === 'OUTPUT' ? output : flag));
    const { code, says } = failureOf(await runProgram([command, path, ...args]));
    await expect(access(output)).rejects.toThrow('ENOENT');
    expect({ code, says }).toEqual({
      code: 4,
      says: [
        'error: byte 0: this is not a backup: it is an OCI image layout without a backup in it',
        'hint: "inspect" and "verify" read it as what it is; skopeo, crane or regctl put its images into a registry',
      ],
    });
  });

  it('is refused where somebody has to have signed it', async () => {
    const signers = join(folder, 'signers');
    await writeFile(
      signers,
      'ops@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPvqCVfPwWP5Fj7Dn1mZ5Bm4yEh8e3pFWpn1Yq3mWqqe\n',
    );
    const { code, says } = failureOf(await runProgram(['verify', path, '--allowed-signers', signers]));
    expect({ code, first: says[0] }).toEqual({ code: 5, first: expect.stringContaining('is not signed') });
  });
});
