// Curves as columns: read from an answer, grown by live points, searched and measured.
import type {Num, PointsEvent, Series} from '../api/types.ts';
import {numberOf} from './format.ts';

export interface Trace {
  run: string;
  metric: string;
  count: number;             // points before thinning
  downsampled: boolean;
  x: number[];               // rising
  value: number[];           // finite
  min: number[] | null;      // envelope of each bucket, when downsampled
  max: number[] | null;
  smooth: number[] | null;
  bad: {x: number; kind: string}[];   // NaN and infinities
}

export function readTrace(series: Series): Trace {
  const trace: Trace = {
    run: series.run, metric: series.metric, count: series.count, downsampled: series.downsampled,
    x: [], value: [], min: series.downsampled ? [] : null, max: series.downsampled ? [] : null,
    smooth: series.smooth ? [] : null, bad: [...(series.nonfinite ?? [])],
  };
  series.x.forEach((x, i) => {
    const v = numberOf(series.value[i]);
    if (!Number.isFinite(v)) return;
    trace.x.push(x);
    trace.value.push(v);
    trace.min?.push(numberOf(series.min?.[i] ?? v));
    trace.max?.push(numberOf(series.max?.[i] ?? v));
    trace.smooth?.push(numberOf(series.smooth?.[i] ?? v));
  });
  return trace;
}

// Index of the first element that is >= x.
export function lowerBound(xs: ArrayLike<number>, x: number): number {
  let low = 0, high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Index of the element nearest to x, -1 in an empty list.
export function nearest(xs: ArrayLike<number>, x: number): number {
  if (!xs.length) return -1;
  const i = lowerBound(xs, x);
  if (i === 0) return 0;
  if (i === xs.length) return i - 1;
  return x - xs[i - 1]! <= xs[i]! - x ? i - 1 : i;
}

export type LiveSeries = NonNullable<PointsEvent['series']>[number];

// The points of several events, metric by metric: a trace is then grown once.
export function joined(events: PointsEvent[]): LiveSeries[] {
  const all = new Map<string, LiveSeries>();
  for (const {series = []} of events) {
    for (const one of series) {
      const known = all.get(one.metric);
      if (known) { known.x.push(...one.x); known.value.push(...one.value); }
      else all.set(one.metric, {...one, x: [...one.x], value: [...one.value]});
    }
  }
  return [...all.values()];
}

// The trace with live points in it, whatever their order; a point at a known x replaces it. The
// smoothed line goes on from its last value, which is exact once the first half-lives have passed;
// the next read from the server brings the exact figure in any case.
export function append(trace: Trace, xs: number[], values: Num[], halfLife: number): Trace {
  const next: Trace = {
    ...trace, x: [...trace.x], value: [...trace.value], min: trace.min && [...trace.min],
    max: trace.max && [...trace.max], smooth: trace.smooth && [...trace.smooth], bad: [...trace.bad],
  };
  xs.forEach((x, k) => insert(next, x, values[k]!, halfLife));
  return next;
}

function insert(trace: Trace, x: number, given: Num, halfLife: number): void {
  const v = numberOf(given), i = lowerBound(trace.x, x), known = trace.x[i] === x;
  const wasBad = trace.bad.findIndex((b) => b.x === x);
  if (wasBad >= 0) trace.bad.splice(wasBad, 1);
  if (!known && wasBad < 0) trace.count++;
  const remove = known ? 1 : 0;
  const columns = [trace.x, trace.value, trace.min, trace.max, trace.smooth];
  if (!Number.isFinite(v)) {
    trace.bad.push({x, kind: String(given)});
    if (remove) columns.forEach((column) => column?.splice(i, 1));
    return;
  }
  const keep = i > 0 && halfLife > 0 ? 2 ** (-(x - trace.x[i - 1]!) / halfLife) : 0;
  const smooth = trace.smooth && i > 0 ? trace.smooth[i - 1]! * keep + v * (1 - keep) : v;
  const cells = [x, v, v, v, smooth];
  columns.forEach((column, k) => column?.splice(i, remove, cells[k]!));
}

export function xExtent(traces: Trace[]): [number, number] | null {
  let low = Infinity, high = -Infinity;
  for (const {x, bad} of traces) {
    for (const end of [x[0], x[x.length - 1], ...bad.map((b) => b.x)]) {
      if (end === undefined) continue;
      low = Math.min(low, end);
      high = Math.max(high, end);
    }
  }
  return low <= high ? [low, high] : null;
}

export function quantile(sorted: number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length - 1) * q))] ?? NaN;
}

export interface YRange {
  low: number;
  high: number;
  above: number;      // drawn points that lie outside the view
  below: number;
  lost: number[];     // x of the values that a log axis has no place for
}

// What the axis shows for values from low to high: a little air over and under the lines; a flat
// line lies in the middle.
export function yView({low, high}: {low: number; high: number}, log: boolean): [number, number] {
  if (log) return [low / 1.15, high * 1.15];
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
  return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
}

// The y range that shows `traces` between x0 and x1. Clipping cuts to the quantiles 0.2 % and
// 99 % but never hides the last value of a curve nor any point of `whole`, and counts what it hides.
export function yRange(traces: Trace[], [x0, x1]: [number, number],
                       {log, clip, whole}: {log: boolean; clip: boolean; whole: Set<string>}): YRange | null {
  const lows: number[] = [], highs: number[] = [], must: number[] = [], lost: number[] = [];
  for (const trace of traces) {
    const first = Math.max(0, lowerBound(trace.x, x0)), end = lowerBound(trace.x, x1 + Number.EPSILON * Math.abs(x1));
    for (let i = first; i < Math.min(trace.x.length, end + (trace.x[end] === x1 ? 1 : 0)); i++) {
      const low = trace.min?.[i] ?? trace.value[i]!, high = trace.max?.[i] ?? trace.value[i]!;
      if (log && low <= 0) lost.push(trace.x[i]!);
      if (!log || low > 0) lows.push(low);
      if (!log || high > 0) highs.push(high);
      if (whole.has(trace.metric) || i === end - 1) must.push(trace.smooth?.[i] ?? trace.value[i]!);
    }
  }
  if (!highs.length || !lows.length) return highs.length + lost.length ? {low: 0.1, high: 1, above: 0, below: 0, lost} : null;
  lows.sort((a, b) => a - b);
  highs.sort((a, b) => a - b);
  const needed = must.filter((v) => !log || v > 0);
  const clipped = clip && highs.length >= 20;
  const low = clipped ? Math.min(lows[Math.floor((lows.length - 1) * 0.002)]!, ...needed) : lows[0]!;
  const high = clipped ? Math.max(quantile(highs, 0.99), ...needed) : highs[highs.length - 1]!;
  const [bottom, top] = yView({low, high}, log);
  return {low, high, above: highs.length - lowerBound(highs, top + Number.EPSILON * Math.abs(top)), below: lowerBound(lows, bottom), lost};
}

// Half-lives the slider offers, in steps.
export function halfLives(span: number): number[] {
  const all = [0];
  for (let decade = 1; decade <= 1e6; decade *= 10) all.push(decade, 2 * decade, 5 * decade);
  return all.filter((h) => h <= Math.max(10, span / 4));
}

// What suits a curve of so many points over so many steps: none while every point can be told
// apart, then the 1-2-5 value nearest to a 500th of the way.
export function usualHalfLife(points: number, span: number): number {
  if (points < 400) return 0;
  const aim = span / 500;
  return halfLives(4e6).slice(1)
    .reduce((best, h) => (Math.abs(Math.log(h / aim)) < Math.abs(Math.log(best / aim)) ? h : best));
}

// Points to ask for per curve, so that a page of charts stays quick to draw.
export const pointsFor = (curves: number) => Math.max(150, Math.min(1000, Math.floor(60_000 / Math.max(1, curves))));
