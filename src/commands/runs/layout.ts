import { readImageLayout } from '../../archive/image-layout/layout.ts';
import { isImageLayout } from '../../archive/image-layout/recognise.ts';
import { checkSigner } from '../../archive/signature.ts';
import type { Source } from '../../archive/source.ts';
import type { AllowedSigner } from '../../archive/ssh/allowed-signers.ts';
import type { LayoutResult } from '../../progress/results/archive.ts';

/**
 * What is in an image layout that another program made, if that is what the source has; undefined for all else, of which
 * nothing has been read then.
 *
 * @param checked what the command looks at: `inspect` at what there is, `verify` at every byte.
 * @param signers who may have signed it; nobody signs a layout, so it is refused with them.
 * @param onBegin told how many bytes there are, where that is known.
 */
export async function readLayoutOf(
  source: Source,
  file: string,
  checked: LayoutResult['checked'],
  signers: readonly AllowedSigner[] | undefined,
  onBegin: (bytes: number | undefined) => void = () => undefined,
): Promise<LayoutResult | undefined> {
  if (!(await isImageLayout(source))) return undefined;
  try {
    onBegin(source.size);
    if (signers !== undefined) checkSigner(undefined, signers, new Date());
    const { images, blobs, bytes, strays } = await readImageLayout(
      source,
      checked === 'all' ? 'check' : 'leave',
    );
    return {
      holds: 'oci-image-layout',
      file,
      bytes: source.size ?? source.position,
      checked,
      images,
      blobs,
      blobBytes: bytes,
      strays,
    };
  } finally {
    await source.close();
  }
}
