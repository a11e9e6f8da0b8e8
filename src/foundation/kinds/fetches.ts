import type { ImageRule } from '../rules.ts';

/** The images in a list of kapp-controller's fetch steps, which Apps and Packages share. */
export function fetchImages(list: string, resolvedBy?: string): ImageRule[] {
  const resolved = resolvedBy === undefined ? {} : { resolvedBy };
  return [
    { path: `${list}.imgpkgBundle.image`, bundle: true, ...resolved },
    { path: `${list}.image.url`, ...resolved },
    { path: `${list}.helmChart.repository.url`, chart: true },
  ];
}
