import fc from 'fast-check';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { decodeHeader, encodeHeader, headerSize } from '../../src/archive/tar.ts';

const NAMES = ['oci-layout', `blobs/sha256/${'a'.repeat(64)}`, `blobs/sha512/${'b'.repeat(128)}`];
const GiB = 2 ** 30;

const name = fc.constantFrom(...NAMES);
const size = fc.oneof(fc.nat(), fc.integer({ min: 8 * GiB - 1, max: 8 * GiB + 1 }), fc.maxSafeNat());

describe('a tar header', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(name, size, (name, size) => {
        const header = encodeHeader(name, size);
        expect(header.length).toBe(headerSize(name));
        expect(decodeHeader(header)).toEqual({ name, size });
      }),
    );
  });

  it('is read by other programs', async () => {
    await fc.assert(
      fc.asyncProperty(name, size, async (name, size) => {
        const reader = extract();
        const seen = new Promise(resolve => reader.on('entry', header => resolve(header)));
        reader.write(encodeHeader(name, size));
        expect(await seen).toMatchObject({ name, size, type: 'file', mode: 0o644, uid: 0, gid: 0 });
      }),
    );
  });

  it('has one form: with any byte changed it is none, or that of another entry', () => {
    fc.assert(
      fc.property(name, size, fc.nat(), fc.integer({ min: 1, max: 255 }), (name, size, place, change) => {
        const header = encodeHeader(name, size);
        const at = place % header.length;
        header.writeUInt8(header.readUInt8(at) ^ change, at);
        const decoded = decodeHeader(header);
        expect(decoded).not.toEqual({ name, size });
        // Only a pax record has no checksum; what it says then is for the reader of the entry to judge.
        if (!('problem' in decoded)) expect(encodeHeader(decoded.name, decoded.size)).toEqual(header);
        if (header.length === 512) expect(decoded).toHaveProperty('problem');
      }),
      { numRuns: 500 },
    );
  });

  it('says what is wrong with it', () => {
    const problem = (change: (header: Buffer) => void) => {
      const header = encodeHeader('oci-layout', 30);
      change(header);
      return decodeHeader(header);
    };
    expect(problem(header => header.fill(0x7f))).toEqual({
      problem: 'there is no tar header where one must be',
    });
    expect(problem(header => header.write('7', 105))).toEqual({
      problem: 'the checksum of its tar header is wrong',
    });
  });
});
