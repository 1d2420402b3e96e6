// What a chart is made of: ranges, rows of its table, events joined, what the view hides.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sampled} from '../src/logic/sample.ts';
import type {Trace} from '../src/logic/series.ts';
import {joined, yRange, yView} from '../src/logic/series.ts';
import {kept, moved, zoomed} from '../src/logic/zoom.ts';

const trace = (value: number[], more: Partial<Trace> = {}): Trace =>
  ({run: 'a', metric: 'm', count: value.length, downsampled: false, x: value.map((_, i) => i + 1), value, min: null, max: null, smooth: null, bad: [], ...more});
const range = (n: number) => Array.from({length: n}, (_, i) => i + 1);
const none = new Set<string>();

test('zoomed: what lies under the pointer stays there', () => {
  assert.deepEqual(zoomed([0, 100], 25, 0.5), [12.5, 62.5]);
  assert.deepEqual(zoomed([12.5, 62.5], 25, 2), [0, 100]);
});
test('moved: both ends', () => assert.deepEqual(moved([1, 2], -3), [-2, -1]));
test('kept: pushed beyond an end it keeps its width', () => {
  assert.deepEqual(kept([-20, 10], [1, 100], 2), [1, 31]);
  assert.deepEqual(kept([90, 120], [1, 100], 2), [70, 100]);
});
test('kept: as wide as everything is no range', () => {
  assert.equal(kept([-20, 130], [1, 100], 2), null);
  assert.equal(kept([1, 100], [1, 100], 2), null);
});
test('kept: not narrower than the least', () => assert.deepEqual(kept([50, 50.5], [1, 100], 2), [49.25, 51.25]));

test('joined: the points of one metric come together, in order, and the events stay as they were', () => {
  const events = [{run: 'r', series: [{metric: 'a', x: [1], value: [5]}]}, {run: 'r'},
    {run: 'r', series: [{metric: 'b', x: [2], value: [6]}, {metric: 'a', x: [2], value: ['NaN' as const]}]}];
  assert.deepEqual(joined(events), [{metric: 'a', x: [1, 2], value: [5, 'NaN']}, {metric: 'b', x: [2], value: [6]}]);
  assert.deepEqual(events[0]!.series![0]!.x, [1]);
});

test('sampled: few rows are all there, a cell that was not measured is NaN', () => {
  const {rows, total} = sampled([{x: [1, 2, 3], y: [5, 6, 7]}, {x: [2], y: [9]}], [], [1, 3], 200);
  assert.equal(total, 3);
  assert.deepEqual(rows.map((row) => [row.x, ...row.values]), [[1, 5, NaN], [2, 6, 9], [3, 7, NaN]]);
});
test('sampled: many are thinned to the most, with both ends, and a sparse curve still shows', () => {
  const sparse = range(10).map((i) => i * 100), {rows, total} = sampled([{x: range(1000), y: range(1000)}, {x: sparse, y: sparse}], [], [1, 1000], 200);
  assert.deepEqual([rows.length, total, rows[0]!.x, rows[199]!.x], [200, 1000, 1, 1000]);
  assert.deepEqual(rows.filter((row) => !Number.isNaN(row.values[1])).map((row) => row.values[1]), sparse);
});
test('sampled: what was not finite has its row', () => {
  const {rows} = sampled([{x: [1, 3], y: [5, 7]}], [{x: 2, kind: 'NaN'}], [1, 3], 200);
  assert.deepEqual(rows.map((row) => row.bad), ['', 'NaN', '']);
});
test('sampled: only what is in the range', () => {
  assert.deepEqual(sampled([{x: [1, 2, 3], y: [5, 6, 7]}], [{x: 9, kind: 'NaN'}], [2, 3], 200).rows.map((row) => row.x), [2, 3]);
});

test('yRange: what the axis still shows over the quantile is not counted as hidden', () => {
  const values = [...range(100), 100.5, 900], r = yRange([trace(values)], [1, 102], {log: false, clip: true, whole: none})!;
  assert.equal(r.above, yView(r, false)[1] < 900 ? 1 : 0);
});
test('yRange: a bucket that reaches over the view is counted', () => {
  const value = range(50).map(() => 1), max = value.map((v, i) => (i === 20 ? 40 : v + (i % 5) / 10));
  const r = yRange([trace(value, {downsampled: true, min: value, max})], [1, 50], {log: false, clip: true, whole: none})!;
  assert.equal(yView(r, false)[1] > 40 ? 0 : 1, r.above);
});
test('yRange: where a log axis has no place is told', () => {
  assert.deepEqual(yRange([trace([1, 0, 2, -3])], [1, 4], {log: true, clip: false, whole: none})!.lost, [2, 4]);
  assert.deepEqual(yRange([trace([0, -3])], [1, 2], {log: true, clip: false, whole: none})!.lost, [1, 2]);
});
test('yView: zero stays the floor, a flat line lies in the middle', () => {
  assert.equal(yView({low: 0, high: 10}, false)[0], 0);
  assert.deepEqual(yView({low: 2, high: 2}, false), [1.8, 2.2]);
});
