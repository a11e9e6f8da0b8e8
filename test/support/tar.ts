import { BLOCK, decodeHeader, headerSizeOf, isZero } from '../../src/archive/tar.ts';

/** Where an entry stands in a tar, in bytes. */
export interface TarEntry {
  readonly name: string;
  /** Of its header. */
  readonly offset: number;
  /** Of its body. */
  readonly body: number;
  readonly size: number;
}

/** One entry of each kind that an archive has, by what it is. */
export function entriesIn(archive: Buffer): Record<string, TarEntry> {
  const entries = walk(archive);
  const byName = new Map(entries.map(entry => [entry.name, entry]));
  const blob = (digest: string) => byName.get(`blobs/${digest.replace(':', '/')}`);
  const json = (entry: TarEntry | undefined) =>
    JSON.parse(entry === undefined ? '{}' : archive.toString('utf8', entry.body, entry.body + entry.size));
  const named = (name: string) => entries.find(entry => entry.name === name);
  const at = entries.findIndex(({ name }) => name === 'index.json');
  const [plan, backup] = [entries[at - 2], entries[at - 1]];
  const { resources, images, layers } = json(plan);
  const image = images
    .map(({ digest }: { digest: string }) => blob(digest))
    .find((one: TarEntry) => json(one).config);
  const kinds = {
    'oci-layout': named('oci-layout'),
    'resource blob': blob(resources.find(({ kind }: { kind: string }) => kind === 'CFApp').digest),
    'secret blob': blob(resources.find(({ kind }: { kind: string }) => kind === 'Secret').digest),
    manifest: image,
    config: blob(json(image).config.digest),
    plan,
    'backup manifest': backup,
    'index.json': named('index.json'),
    layer: blob(layers[0].digest),
    'seal.json': named('seal.json'),
  };
  return Object.fromEntries(Object.entries(kinds).flatMap(([kind, entry]) => (entry ? [[kind, entry]] : [])));
}

/** All entries, in order. */
export function walk(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let offset = 0; !isZero(archive.subarray(offset, offset + BLOCK)); ) {
    const body = offset + headerSizeOf(archive.subarray(offset, offset + BLOCK));
    const header = decodeHeader(archive.subarray(offset, body));
    if ('problem' in header) throw new Error(header.problem);
    entries.push({ ...header, offset, body });
    offset = body + Math.ceil(header.size / BLOCK) * BLOCK;
  }
  return entries;
}
