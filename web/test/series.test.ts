import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Series} from '../src/api/types.ts';
import type {Trace} from '../src/logic/series.ts';
import {append, halfLives, lowerBound, nearest, pointsFor, readTrace, usualHalfLife, xExtent, yRange} from '../src/logic/series.ts';

const series = (fields: Partial<Series> = {}): Series =>
  ({run: 'a', metric: 'm', count: 3, downsampled: false, x: [1, 2, 3], value: [3, 2, 1], ...fields});
const trace = (x: number[], value: number[], more: Partial<Trace> = {}): Trace =>
  ({run: 'a', metric: 'm', count: x.length, downsampled: false, x, value, min: null, max: null, smooth: null, bad: [], ...more});

test('readTrace: columns as they come', () => {
  const read = readTrace(series());
  assert.deepEqual([read.x, read.value, read.min, read.smooth], [[1, 2, 3], [3, 2, 1], null, null]);
});
test('readTrace: a non-finite value has no place among the values', () => {
  const read = readTrace(series({value: [3, 'NaN', 1], nonfinite: [{x: 2, kind: 'NaN'}]}));
  assert.deepEqual([read.x, read.value, read.bad], [[1, 3], [3, 1], [{x: 2, kind: 'NaN'}]]);
});
test('readTrace: the envelope only when thinned', () => {
  const read = readTrace(series({downsampled: true, min: [1, 1, 1], max: [5, 4, 3]}));
  assert.deepEqual([read.min, read.max], [[1, 1, 1], [5, 4, 3]]);
});

test('lowerBound: first that is not smaller', () => {
  assert.deepEqual([0, 1, 2, 5, 9].map((x) => lowerBound([1, 2, 5], x)), [0, 0, 1, 2, 3]);
});
test('nearest: the closer neighbour, the earlier of two equal ones', () => {
  assert.deepEqual([0, 1.4, 1.5, 1.6, 99].map((x) => nearest([1, 2, 5], x)), [0, 0, 0, 1, 2]);
  assert.equal(nearest([], 1), -1);
});

test('append: a new point at the end', () => {
  const grown = append(trace([1, 2], [5, 4]), [3], [3], 0);
  assert.deepEqual([grown.x, grown.value, grown.count], [[1, 2, 3], [5, 4, 3], 3]);
});
test('append: the trace before stays as it was', () => {
  const before = trace([1], [5]);
  append(before, [2], [4], 0);
  assert.deepEqual(before.x, [1]);
});
test('append: a known x is replaced', () => {
  const grown = append(trace([1, 2], [5, 4]), [2], [9], 0);
  assert.deepEqual([grown.x, grown.value, grown.count], [[1, 2], [5, 9], 2]);
});
test('append: out of order finds its place', () => {
  assert.deepEqual(append(trace([1, 3], [5, 4]), [2], [7], 0).value, [5, 7, 4]);
});
test('append: NaN becomes a mark, and a value later takes its place', () => {
  const marked = append(trace([1], [5]), [2], ['NaN'], 0);
  assert.deepEqual([marked.x, marked.bad, marked.count], [[1], [{x: 2, kind: 'NaN'}], 2]);
  const mended = append(marked, [2], [4], 0);
  assert.deepEqual([mended.x, mended.bad, mended.count], [[1, 2], [], 2]);
});
test('append: NaN takes a value away', () => {
  assert.deepEqual(append(trace([1, 2], [5, 4]), [2], ['Infinity'], 0).x, [1]);
});
test('append: the envelope of a new point is the point', () => {
  const grown = append(trace([1], [5], {downsampled: true, min: [4], max: [6]}), [2], [3], 0);
  assert.deepEqual([grown.min, grown.max], [[4, 3], [6, 3]]);
});
test('append: the smoothed line goes half the way in a half-life', () => {
  assert.deepEqual(append(trace([1], [4], {smooth: [4]}), [2], [2], 1).smooth, [4, 3]);
});

test('xExtent: over all curves and marks', () => {
  assert.deepEqual(xExtent([trace([2, 5], [1, 1]), trace([3], [1], {bad: [{x: 9, kind: 'NaN'}]})]), [2, 9]);
  assert.equal(xExtent([trace([], [])]), null);
});

const range = (t: Trace[], options = {}) => yRange(t, [0, 1000], {log: false, clip: true, whole: new Set<string>(), ...options});
const long = (peak: number) => {
  const xs = Array.from({length: 200}, (_, i) => i), ys = xs.map((x) => 1 + (x % 10) / 10);
  ys[50] = peak;
  return trace(xs, ys);
};
test('yRange: everything when there is little', () => {
  const r = range([trace([1, 2, 3], [1, 100, 2])])!;
  assert.deepEqual([r.low, r.high, r.above], [1, 100, 0]);
});
test('yRange: a peak is cut and counted', () => {
  const r = range([long(50)])!;
  assert.ok(r.high < 2.5);
  assert.equal(r.above, 1);
});
test('yRange: no clipping, no cut', () => assert.equal(range([long(50)], {clip: false})!.high, 50));
test('yRange: a curve that must be seen whole is', () => assert.equal(range([long(50)], {whole: new Set(['m'])})!.high, 50));
test('yRange: the last value is inside', () => {
  const t = long(1);
  t.value[199] = 30;
  assert.equal(range([t])!.high, 30);
});
test('yRange: only what lies in the range counts', () => {
  const r = yRange([trace([1, 2, 3], [9, 1, 2])], [2, 3], {log: false, clip: true, whole: new Set()})!;
  assert.deepEqual([r.low, r.high], [1, 2]);
});
test('yRange: log passes over what is not positive and says how many', () => {
  const r = range([trace([1, 2, 3], [0, -1, 2])], {log: true})!;
  assert.deepEqual([r.low, r.high, r.lost.length], [2, 2, 2]);
});
test('yRange: the envelope counts', () => {
  const r = range([trace([1, 2], [5, 5], {downsampled: true, min: [1, 2], max: [8, 9]})])!;
  assert.deepEqual([r.low, r.high], [1, 9]);
});
test('yRange: nothing gives nothing', () => assert.equal(range([trace([], [])]), null));

test('usualHalfLife: none while points can be told apart', () => assert.equal(usualHalfLife(399, 50_000), 0));
test('usualHalfLife: a five hundredth of the way, 1-2-5', () => {
  assert.deepEqual([500, 1000, 24_180, 1_000_000].map((span) => usualHalfLife(500, span)), [1, 2, 50, 2000]);
});
test('halfLives: up to a quarter of the span', () => assert.deepEqual(halfLives(200), [0, 1, 2, 5, 10, 20, 50]));
test('pointsFor: 60,000 on a page, 150 to 1,000 each', () => assert.deepEqual([1, 60, 100, 10_000].map(pointsFor), [1000, 1000, 600, 150]));
