// Rows of a table out of the curves of a chart. Pure.
import {nearest} from './series.ts';

export interface Column {
  x: number[];      // rising
  y: number[];
}
export interface SampleRow {
  x: number;
  values: number[];         // NaN: not measured here
  bad: string;              // what was not finite here, in words
}

// The places in the range where something was measured; more than `most` are thinned evenly, with
// the first and the last. A row then stands for what lies nearer to it than to the rows beside it,
// and shows the nearest value of that.
export function sampled(columns: Column[], bad: {x: number; kind: string}[], [from, to]: [number, number], most: number):
  {rows: SampleRow[]; total: number} {
  const inside = (x: number) => x >= from && x <= to;
  const all = [...new Set([...columns.flatMap((column) => column.x), ...bad.map(({x}) => x)])].filter(inside).sort((a, b) => a - b);
  const n = Math.min(most, all.length);
  const xs = Array.from({length: n}, (_, i) => all[Math.round((i * (all.length - 1)) / Math.max(1, n - 1))]!);
  const rows = xs.map((x, r) => {
    const first = r ? (xs[r - 1]! + x) / 2 : from, end = r < n - 1 ? (x + xs[r + 1]!) / 2 : Infinity;
    const values = columns.map((column) => {
      const i = nearest(column.x, x), at = column.x[i];
      return at !== undefined && at >= first && at < end && inside(at) ? column.y[i]! : NaN;
    });
    return {x, values, bad: bad.filter((one) => one.x >= first && one.x < end && inside(one.x)).map(({kind}) => kind).join(', ')};
  });
  return {rows, total: all.length};
}
