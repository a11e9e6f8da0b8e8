import type { KubeObject } from '../../base/object.ts';
import type { ImageClient, ImageManifest, MountedLayer } from '../images/client.ts';
import { parseImage } from '../images/name.ts';
import { unpackLayer } from '../images/tarball.ts';
import { layerOf } from '../registry/layer.ts';

/** What a build's container would leave behind. */
export type Staged =
  | { readonly image: string; readonly processTypes: readonly { type: string; command: string }[] }
  | { readonly failure: string };

/**
 * Stages a source package as kpack and a Procfile buildpack would: the run image's layers, shared by all droplets,
 * and one layer of the app's own that carries the build's identity, so that no two builds have the same digest.
 */
export async function stageDroplet(
  images: ImageClient,
  source: string,
  runImage: string,
  target: { repository: string; tags: string[]; identity: string },
): Promise<Staged> {
  const bits = await images.manifest(source);
  if (bits === undefined) return { failure: `cannot fetch source image ${source}` };
  const base = await images.manifest(runImage);
  if (base === undefined) return { failure: `cannot fetch run image ${runImage}` };
  const sourceLayer = bits.layers[0];
  if (sourceLayer === undefined) return { failure: `source image ${source} has no layer` };
  const files = await unpackLayer(await images.blob(source, sourceLayer.digest));
  const procfile = files.get('Procfile');
  if (procfile === undefined) return { failure: 'No buildpack groups passed detection.' };
  const processTypes = processesOf(procfile.toString());
  const layer = layerOf({ ...Object.fromEntries(files), '.launch': target.identity });
  const image = await images.push(
    target.repository,
    {
      layers: [...(await mounted(images, base, runImage)), layer],
      config: { Labels: { 'io.buildpacks.build.metadata': JSON.stringify({ processes: processTypes }) } },
    },
    target.tags,
  );
  return { image, processTypes };
}

async function mounted(
  images: ImageClient,
  image: ImageManifest,
  reference: string,
): Promise<MountedLayer[]> {
  const config = JSON.parse((await images.blob(reference, image.config.digest)).toString());
  const from = parseImage(reference).path;
  return image.layers.map((descriptor, index) => ({
    descriptor,
    from,
    diffId: config.rootfs.diff_ids[index],
  }));
}

function processesOf(procfile: string): { type: string; command: string }[] {
  const lines = procfile.split('\n').filter(line => line.includes(':'));
  return lines.map(line => {
    const colon = line.indexOf(':');
    return { type: line.slice(0, colon).trim(), command: line.slice(colon + 1).trim() };
  });
}

/** The run image of the cluster builder, as its status says. */
export function runImageOf(builder: KubeObject): string {
  return String(builder.status?.stack?.runImage ?? '');
}
