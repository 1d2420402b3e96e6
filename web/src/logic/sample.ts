// Rows of a table out of the curves of a chart. Pure.
import {lowerBound} from './series.ts';

export interface Column {
  x: number[];      // rising
  y: number[];
}
export interface SampleRow {
  x: number;
  values: number[];         // NaN: not measured here
  bad: string;              // what was not finite here, in words
}

const WHOLE_MIN = 20;

// The places in the range where something was measured; more than `most` are thinned evenly, with
// the first and the last. Places where every curve has a value are preferred.
export function sampled(columns: Column[], bad: {x: number; kind: string}[], [from, to]: [number, number], most: number):
  {rows: SampleRow[]; total: number} {
  const seen = new Map<number, number>();
  for (const {x} of columns) {
    for (let i = lowerBound(x, from); i < x.length && x[i]! <= to; i++) seen.set(x[i]!, (seen.get(x[i]!) ?? 0) + 1);
  }
  const kinds = new Map<number, string>();
  for (const {x, kind} of bad) if (x >= from && x <= to) kinds.set(x, kinds.has(x) ? `${kinds.get(x)}, ${kind}` : kind);
  for (const x of kinds.keys()) seen.set(x, columns.length);
  const all = [...seen.keys()].sort((a, b) => a - b), whole = all.filter((x) => seen.get(x) === columns.length);
  const usable = all.length > most && whole.length >= WHOLE_MIN ? whole : all, n = Math.min(most, usable.length);
  const rows = Array.from({length: n}, (_, i) => usable[Math.round((i * (usable.length - 1)) / Math.max(1, n - 1))]!);
  return {
    total: all.length,
    rows: rows.map((x) => ({
      x, bad: kinds.get(x) ?? '',
      values: columns.map((column) => { const i = lowerBound(column.x, x); return column.x[i] === x ? column.y[i]! : NaN; }),
    })),
  };
}
