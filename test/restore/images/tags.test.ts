import { describe, expect, it } from 'vitest';
import { MEDIA } from '../../../src/registry/descriptor.ts';
import { parseRepository } from '../../../src/registry/reference.ts';
import { EXISTING_TAGS, type ExistingTags, setTag } from '../../../src/restore/images/tags.ts';
import { type Fault, faulty } from '../../faults/registry.ts';
import { client, descriptorOf, registry } from '../../registry/setting.ts';

/** Sets a tag that names nothing, this image or another one, and hands back what it names afterwards. */
async function tagged(
  existing: 'nothing' | 'same' | 'other',
  existingTags: ExistingTags,
  ...faults: Fault[]
) {
  const server = await registry({ intercept: faulty(...faults) });
  const image = server.pushImage('a', { layers: [Buffer.from('this')] });
  const other = server.pushImage('a', { layers: [Buffer.from('other')] });
  const tag = (digest: string) =>
    server.pushManifest('a', JSON.parse(String(server.manifest('a', digest))), MEDIA.dockerManifest, 'v1');
  if (existing !== 'nothing') tag(existing === 'same' ? image.digest : other.digest);
  const bytes = server.manifest('a', image.digest) ?? Buffer.alloc(0);
  const notes: string[] = [];
  await setTag(
    parseRepository(`${server.host}/a`),
    { descriptor: descriptorOf(bytes, MEDIA.dockerManifest), bytes },
    'v1',
    {
      registries: client().registries,
      existingTags,
      report: event => event.type === 'note' && notes.push(event.text),
    },
  );
  const names = server.manifest('a', 'v1')?.equals(bytes) ? 'this' : 'other';
  return { names, notes, puts: server.requests.filter(line => line.startsWith('PUT ')).length };
}

describe('a tag', () => {
  it.each(EXISTING_TAGS)('that is not there is set: %s', async policy => {
    expect(await tagged('nothing', policy)).toEqual({ names: 'this', notes: [], puts: 1 });
  });

  it.each(EXISTING_TAGS)('that names the image already is right: %s', async policy => {
    expect(await tagged('same', policy)).toMatchObject({ names: 'this', notes: [] });
  });

  it('that names another image is moved, left with a note, or the end, as is wished', async () => {
    expect(await tagged('other', 'overwrite')).toEqual({ names: 'this', notes: [], puts: 1 });
    const kept = await tagged('other', 'keep');
    expect(kept).toMatchObject({ names: 'other', puts: 0 });
    expect(kept.notes).toEqual([expect.stringContaining('/a:v1 names another image, and is left so')]);
    await expect(tagged('other', 'fail')).rejects.toMatchObject({
      code: 'refused',
      message: 'the tag is on the target already and names another image',
      subject: expect.stringContaining('/a:v1'),
    });
  });

  const body =
    '{"errors":[{"code":"TAG_INVALID","message":"the image tag v1 already exists and is immutable"}]}';
  it.each([400, 403, 409, 412])(
    'that cannot be moved (%i) is right when it names the image already',
    async status => {
      const immutable = { kind: 'status', status, body, on: /^PUT/ } as const;
      expect(await tagged('same', 'overwrite', immutable)).toMatchObject({ names: 'this' });
      await expect(tagged('other', 'overwrite', immutable)).rejects.toMatchObject({
        message: expect.stringContaining('is immutable'),
        hints: ['the tag cannot be moved: pass --on-existing-tag keep to leave it where it is'],
      });
    },
  );
});
