import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/archive/head.ts';
import { ArchiveWriter } from '../../src/archive/writer.ts';
import { digestOf } from '../../src/base/digest.ts';
import { archiveOf, type Backup, MemorySink, sampleBackup, writeTo } from './fixtures.ts';

/** The entries as another implementation of tar reads them. */
async function entriesOf(archive: Buffer): Promise<{ name: string; header: object; body: Buffer }[]> {
  const reader = extract();
  reader.end(archive);
  const entries = [];
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, mode, uid, gid, mtime, type } = entry.header;
    entries.push({
      name,
      header: { mode, uid, gid, mtime: mtime.getTime(), type },
      body: Buffer.concat(chunks),
    });
  }
  return entries;
}

describe('an archive', () => {
  it('has its entries in the order that one forward pass needs', async () => {
    const backup = await sampleBackup();
    const names = (await entriesOf(await archiveOf(backup))).map(({ name }) =>
      name.replace('blobs/sha256/', ''),
    );
    const { plan, blobs } = backup;
    const hex = (digest: string) => digest.slice('sha256:'.length);
    const resources = plan.resources.map(({ digest }) => hex(digest));
    const images = [...blobs.keys()].map(hex).filter(one => !resources.includes(one));
    expect(names).toEqual([
      'oci-layout',
      ...resources,
      ...images.sort(),
      expect.stringMatching(/^[0-9a-f]{64}$/),
      hex(layOut(backup).backup),
      'index.json',
      ...plan.layers.map(({ digest }) => hex(digest)),
      'seal.json',
    ]);
  });

  it('holds nothing but regular files of nobody, of no time', async () => {
    const headers = (await entriesOf(await archiveOf(await sampleBackup()))).map(({ header }) => header);
    expect(new Set(headers.map(header => JSON.stringify(header)))).toEqual(
      new Set([JSON.stringify({ mode: 0o644, uid: 0, gid: 0, mtime: 0, type: 'file' })]),
    );
  });

  it('has under each name the bytes with that digest', async () => {
    const entries = await entriesOf(await archiveOf(await sampleBackup()));
    for (const { name, body } of entries.filter(entry => entry.name.startsWith('blobs/'))) {
      expect(`blobs/${digestOf(body).replace(':', '/')}`).toBe(name);
    }
  });

  it('has the size that was known before its first byte', async () => {
    const sink = new MemorySink();
    await writeTo(sink, await sampleBackup());
    expect(sink.expected).toBe(sink.bytes.length);
    expect(sink.position).toBe(sink.bytes.length);
  });

  it('has the same bytes for the same backup, whatever the chunks and the order of the blobs were', async () => {
    const backup = await sampleBackup();
    const other = { ...backup, blobs: new Map([...backup.blobs].reverse()) };
    const [first, second] = [new MemorySink(), new MemorySink()];
    await writeTo(first, backup, 1);
    await writeTo(second, other, 4096);
    expect(first.bytes.equals(second.bytes)).toBe(true);
  });

  it('names its images in index.json by their references, and itself', async () => {
    const index = (await entriesOf(await archiveOf(await sampleBackup()))).find(
      ({ name }) => name === 'index.json',
    );
    const { manifests } = JSON.parse(String(index?.body));
    const name = (manifest: { annotations: object }) => Object.values(manifest.annotations)[0];
    expect(manifests.map(name)).toEqual([
      'registry.example.com/korifi/app-droplets:latest',
      expect.stringMatching(/^registry.example.com\/korifi\/app-droplets@sha256:/),
      'registry.example.com/korifi/app-droplets:multi',
      'asa-backup',
    ]);
    expect(manifests[0].digest).toBe(manifests[1].digest);
  });
});

describe('the writer', () => {
  async function started(change: (backup: Backup) => void = () => {}) {
    const backup = await sampleBackup();
    change(backup);
    const writer = new ArchiveWriter(new MemorySink(), layOut(backup));
    await writer.writeHead();
    return { writer, layer: backup.layers[0] ?? Buffer.alloc(0), next: backup.layers[1] ?? Buffer.alloc(0) };
  }

  it('refuses a layer that is too long or too short', async () => {
    const long = await started();
    await long.writer.writeLayer(0, long.layer.subarray(1));
    await expect(long.writer.writeLayer(0, Buffer.alloc(2))).rejects.toThrow(/more than 3000 bytes came/);
    const short = await started();
    await short.writer.writeLayer(0, short.layer.subarray(1));
    await expect(short.writer.writeLayer(1, short.next)).rejects.toThrow(/2999 of 3000 bytes came/);
  });

  it('refuses to seal while a layer is missing', async () => {
    const { writer, layer } = await started();
    await expect(writer.seal()).rejects.toThrow(/none of its bytes came/);
    const second = await started();
    await second.writer.writeLayer(0, layer);
    await expect(second.writer.seal()).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('waits for the sink before it takes more', async () => {
    const backup = await sampleBackup();
    let writing = 0;
    const sink = new MemorySink();
    const write = sink.write.bind(sink);
    sink.write = async chunks => {
      expect(++writing).toBe(1);
      await new Promise(resolve => setImmediate(resolve));
      await write(chunks);
      writing -= 1;
    };
    await writeTo(sink, backup);
    expect(sink.bytes.equals(await archiveOf(backup))).toBe(true);
  });

  it('hands a layer chunk on without a copy', async () => {
    const backup = await sampleBackup();
    const seen: Buffer[] = [];
    const sink = new MemorySink();
    sink.write = async chunks => void seen.push(...chunks);
    await writeTo(sink, backup, 3000);
    expect(seen.some(chunk => chunk.buffer === backup.layers[0]?.buffer && chunk.length === 3000)).toBe(true);
  });
});

describe('laying out', () => {
  it('refuses a plan that names what is not there', async () => {
    const backup = await sampleBackup();
    const [first] = backup.plan.resources;
    const blobs = new Map([...backup.blobs].filter(([digest]) => digest !== first?.digest));
    expect(() => layOut({ plan: backup.plan, blobs })).toThrow(/which is not there/);
  });

  it('refuses a layer that stands before the layers already', async () => {
    const backup = await sampleBackup();
    const config = [...backup.blobs.keys()].at(-1) ?? digestOf('');
    const layers = [{ digest: config, size: 1, repositories: [] }];
    expect(() => layOut({ plan: { ...backup.plan, layers }, blobs: backup.blobs })).toThrow(
      /both a layer and a blob/,
    );
  });
});
