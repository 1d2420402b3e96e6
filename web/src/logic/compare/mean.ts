// The mean of a group of runs as a curve with a band, and where fewer runs make it up.
import type {Series} from '../../api/types.ts';
import type {Trace} from '../series.ts';
import {readTrace} from '../series.ts';
import type {Band} from './settings.ts';

export interface MeanTrace extends Trace {
  n: number[];            // runs with a value at each point
  spread: number[];       // half the band's width; 0 at one run
}

export const bandWords: Record<Band, string> = {
  std: 'one standard deviation to either side', sem: 'one standard error of the mean to either side', minmax: 'from the lowest to the highest',
};

export function readMean(series: Series, group: string, band: Band): MeanTrace {
  const trace = readTrace({...series, run: group, downsampled: false, nonfinite: []});
  const centre = trace.smooth ?? trace.value, width = series[band === 'sem' ? 'sem' : 'std'] as number[] | undefined;
  const min = width ? centre.map((v, i) => v - width[i]!) : (series.min as number[]);
  const max = width ? centre.map((v, i) => v + width[i]!) : (series.max as number[]);
  // `downsampled` means that min and max are there, and that no raw line lies behind a smoothed one.
  return {...trace, metric: group, downsampled: true, min, max, n: series.n ?? [], spread: max.map((v, i) => (v - min[i]!) / 2)};
}

// The stretch between the first and the last point that all runs of the group share.
export function fullStretch(n: number[]): [number, number] {
  const most = Math.max(0, ...n);
  return [n.indexOf(most), n.lastIndexOf(most)];
}

// "n 4", "n 4 → 2"
export function countWords(n: number[]): string {
  const most = Math.max(0, ...n), last = n[n.length - 1] ?? 0;
  return last < most ? `n ${most} → ${last}` : `n ${most}`;
}

const between = (xs: number[], from: number, to: number) => xs.slice(from, to + 1);

interface Edge {
  x: number[];
  y: number[];
}

// The band where all runs are in it, and its edges alone where fewer are.
export function splitBand({n, x, min, max}: MeanTrace): {high: Edge; low: Edge; edges: Edge[]} {
  const [from, to] = fullStretch(n), last = x.length - 1;
  const part = (edge: number[], a: number, b: number) => ({x: between(x, a, b), y: between(edge, a, b)});
  const beyond = ([[0, from], [to, last]] as const).filter(([a, b]) => a < b);
  return {
    high: part(max!, from, to), low: part(min!, from, to),
    edges: beyond.flatMap(([a, b]) => [part(max!, a, b), part(min!, a, b)]),
  };
}

export function meanAndSpread(values: number[]): {mean: number; std: number; n: number} {
  const finite = values.filter(Number.isFinite), n = finite.length;
  const mean = finite.reduce((sum, v) => sum + v, 0) / n;
  return {mean, n, std: n > 1 ? Math.sqrt(finite.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1)) : 0};
}
