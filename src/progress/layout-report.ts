import { plural, size } from './format.ts';
import { type Fact, factLines, facts, page, section, showInput, verdict } from './report-parts.ts';
import type { LayoutResult } from './results/archive.ts';

/** What is in an image layout that another program made. */
export function layoutReport(result: LayoutResult): string {
  const { images } = result;
  return page(
    facts(layoutFacts(result)),
    section(
      'images:',
      factLines(
        images.map(({ name, digest, bytes, platforms }) => [
          size(bytes),
          [name, digest, platforms.join(', ')].filter(Boolean).join('  '),
        ]),
      ),
    ),
    verdict(layoutVerdict(result)),
  );
}

export function layoutFacts({ file, bytes, images, blobs, blobBytes, strays }: LayoutResult): Fact[] {
  return [
    ['file', `${showInput(file)}, ${size(bytes)}`],
    ['holds', 'an OCI image layout of another program: images without a foundation'],
    ['images', `${plural(images.length, 'image')} in ${plural(blobs, 'blob')}, ${size(blobBytes)}`],
    ['strays', strays === 0 ? '' : `${plural(strays, 'blob')} of no image`],
  ];
}

export function layoutVerdict({ file: name, checked }: LayoutResult): string {
  const file = showInput(name);
  return checked === 'all'
    ? `${file} is intact: every digest is right, and nothing is missing; it is no backup, and cannot be restored`
    : `${file} can be read; its layers were not looked at, verify does that; it is no backup, and cannot be restored`;
}
