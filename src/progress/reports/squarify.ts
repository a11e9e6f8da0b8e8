/** A rectangle; the unit is the picture's own. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Fills a box with rectangles whose areas are in proportion to the weights, each as square as can be (Bruls, Huizing,
 * van Wijk: Squarified Treemaps, 2000).
 *
 * @param weights the largest first, none negative
 * @returns as many boxes as weights, in their order
 */
export function squarify(weights: readonly number[], box: Box): Box[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return weights.map(() => ({ ...box, width: 0, height: 0 }));
  const scale = (box.width * box.height) / total;
  const areas = weights.map(weight => weight * scale);
  const boxes: Box[] = [];
  let rest = box;
  for (let next = 0; next < areas.length; ) {
    const side = Math.min(rest.width, rest.height);
    let end = next + 1;
    while (end < areas.length && worst(areas, next, end + 1, side) <= worst(areas, next, end, side)) end++;
    const row = areas.slice(next, end);
    boxes.push(...layRow(row, rest));
    rest = without(row, rest);
    next = end;
  }
  return boxes;
}

/** The worst ratio of sides in a row of areas along a side: 1 is a square. */
function worst(areas: readonly number[], start: number, end: number, side: number): number {
  let [sum, least, most] = [0, Number.POSITIVE_INFINITY, 0];
  for (let index = start; index < end; index++) {
    const area = areas[index] ?? 0;
    sum += area;
    least = Math.min(least, area);
    most = Math.max(most, area);
  }
  if (sum === 0 || side === 0) return Number.POSITIVE_INFINITY;
  const ratio = (side * side * most) / (sum * sum);
  return Math.max(ratio, (sum * sum) / (side * side * Math.max(least, Number.MIN_VALUE)));
}

/** One row along the shorter side of what is left. */
function layRow(row: readonly number[], { x, y, width, height }: Box): Box[] {
  const isUpright = width >= height;
  const side = isUpright ? height : width;
  const thickness = side === 0 ? 0 : sumOf(row) / side;
  let at = isUpright ? y : x;
  return row.map(area => {
    const length = thickness === 0 ? 0 : area / thickness;
    const box = isUpright
      ? { x, y: at, width: thickness, height: length }
      : { x: at, y, width: length, height: thickness };
    at += length;
    return box;
  });
}

function without(row: readonly number[], { x, y, width, height }: Box): Box {
  if (width >= height) {
    const thickness = height === 0 ? 0 : sumOf(row) / height;
    return { x: x + thickness, y, width: Math.max(0, width - thickness), height };
  }
  const thickness = sumOf(row) / width;
  return { x, y: y + thickness, width, height: Math.max(0, height - thickness) };
}

function sumOf(areas: readonly number[]): number {
  return areas.reduce((sum, area) => sum + area, 0);
}
