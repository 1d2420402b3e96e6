// Ranges of an axis: zoomed about a place, moved, kept within what there is. Pure.

export type Range = [number, number];

export const zoomed = ([from, to]: Range, at: number, factor: number): Range =>
  [at - (at - from) * factor, at + (to - at) * factor];

export const moved = ([from, to]: Range, by: number): Range => [from + by, to + by];

// The range within the extent, as wide as it was where that is possible and not narrower than
// `least`; null when it is all there is.
export function kept([from, to]: Range, [first, last]: Range, least: number): Range | null {
  const wide = Math.max(to - from, least), middle = (from + to) / 2;
  if (wide >= last - first) return null;
  const start = Math.min(Math.max(middle - wide / 2, first), last - wide);
  return [start, start + wide];
}
