import assert from 'node:assert/strict';
import {test} from 'node:test';
import {backoff} from '../src/api/live.ts';
import {address, api} from '../src/api/client.ts';
import type {Diagnosis, EpochTable, Finding, Run} from '../src/api/types.ts';
import {mappedAxis, pairAxis} from '../src/logic/axis.ts';
import {mergeRows, rowsOf, tableQuery} from '../src/logic/epochs.ts';
import {adviceLines, atStep, evidenceRows, letters, onMetrics, whenText, within} from '../src/logic/findings.ts';
import {matches, nextSort, sortRuns, sparkPath} from '../src/logic/runlist.ts';
import type {Trace} from '../src/logic/series.ts';
import {clockTicks, decimalLabel, logLabel, relativeLabel, stepLabel} from '../src/logic/ticks.ts';

// --- ticks ---

const labels = (ticks: number[], label = decimalLabel) => ticks.map((v) => label(v, ticks));
test('ticks: as many decimals as the distance has', () => {
  assert.deepEqual(labels([0, 0.2, 0.4]), ['0', '0.2', '0.4']);
  assert.deepEqual(labels([0, 50, 100]), ['0', '50', '100']);
  assert.deepEqual(labels([0.25, 0.5, 0.75]), ['0.25', '0.50', '0.75']);
});
test('ticks: a zoomed learning rate never repeats a label', () => {
  const texts = labels([2e-4, 2.05e-4, 2.1e-4]);
  assert.equal(new Set(texts).size, 3);
  assert.deepEqual(texts, ['2.00e-4', '2.05e-4', '2.10e-4']);
});
test('ticks: on a log axis 1, 2 and 5, or the powers alone over many decades', () => {
  assert.deepEqual(labels([1, 2, 3, 5, 10], logLabel), ['1', '2', '', '5', '10']);
  assert.deepEqual(labels([1e-4, 2e-4, 1e-1, 1], logLabel), ['1e-4', '', '0.1', '1']);
});
for (const [v, largest, text] of [
  [0, 50, '0'], [500, 24_000, '500'], [5000, 24_000, '5k'], [24_180, 24_180, '24.2k'], [1.5e6, 2e6, '1.5M'], [1200, 2000, '1,200'], [1000, 2000, '1,000'],
] as const) {
  test(`ticks: step ${v} of ${largest} is ${text}`, () => assert.equal(stepLabel(v, largest), text));
}
test('ticks: round places on a clock', () => {
  assert.deepEqual(clockTicks(0, 3600, 6), [0, 600, 1200, 1800, 2400, 3000, 3600]);
  assert.deepEqual(clockTicks(100, 290, 6), [120, 180, 240]);
});
test('ticks: relative time', () => {
  assert.deepEqual([0, 45].map((s) => relativeLabel(s, 60)), ['0', '45 s']);
  assert.equal(relativeLabel(5400, 20_000), '1:30 h');
});

// --- axis ---

test('axis: between two known pairs, and beyond them', () => {
  const axis = mappedAxis('relative', [0, 10, 20], [0, 100, 400]);
  assert.deepEqual([5, 10, 15, 30].map(axis.toX), [50, 100, 250, 600]);
  assert.deepEqual([50, 100, 250].map(axis.toStep), [5, 10, 15]);
});
test('axis: time that stood still is passed over', () => {
  assert.equal(mappedAxis('time', [1, 2, 3], [10, 10, 20]).toX(2), 15);
});
const thin = (x: number[], value: number[], downsampled = true): Trace =>
  ({run: '', metric: 'm', count: 100, downsampled, x, value, min: null, max: null, smooth: null, bad: []});
test('axis: thinned answers pair at their ends and where a value is the same once', () => {
  const axis = pairAxis('time', thin([1, 40, 60, 100], [9, 5, 4, 1]), thin([0, 500, 900, 1000], [9, 5, 3, 1]));
  assert.deepEqual([1, 40, 100].map(axis.toX), [0, 500, 1000]);
});
test('axis: unthinned answers pair one to one, whatever the values', () => {
  const axis = pairAxis('time', thin([1, 2, 3], [7, 7, 7], false), thin([0, 10, 40], [7, 7, 7], false));
  assert.equal(axis.toX(2), 10);
});

// --- findings ---

const finding = (fields: Partial<Finding>): Finding => ({
  rule: 'overfitting', title: 'Overfitting', severity: 'warning', metric: 'val_loss', from_step: 5, to_step: 9, ongoing: true,
  message: '', evidence: {}, units: {}, cause: null, param: null, advice: '', ...fields,
});
const diagnosis = (findings: Finding[]): Diagnosis => ({run: 'a', verdict: 'watch', checked_to_step: 9, rules_checked: 17, checks: [], findings, muted: []});
test('findings: ongoing first, then the worst, then the earliest', () => {
  const sorted = letters(diagnosis([
    finding({rule: 'd', ongoing: false, severity: 'error'}), finding({rule: 'c', severity: 'info'}),
    finding({rule: 'b', from_step: 7}), finding({rule: 'a', from_step: 2}),
  ]));
  assert.deepEqual(sorted.map((f) => [f.letter, f.rule]), [['A', 'a'], ['B', 'b'], ['C', 'c'], ['D', 'd']]);
});
test('findings: two of a rule have keys of their own', () => {
  assert.deepEqual(letters(diagnosis([finding({}), finding({from_step: 8})])).map((f) => f.key), ['overfitting-val_loss', 'overfitting-val_loss-2']);
});
test('findings: one about the run as such is on no chart', () => {
  const all = letters(diagnosis([finding({metric: null}), finding({})]));
  assert.equal(onMetrics(all, ['val_loss']).length, 1);
  assert.equal(whenText(all.find((f) => f.metric === null)!, 'epoch'), '');
});
test('findings: an ongoing one holds beyond its last step', () => {
  const [one] = letters(diagnosis([finding({})])), [over] = letters(diagnosis([finding({ongoing: false})]));
  assert.deepEqual([4, 5, 12].map((step) => atStep([one!], step).length), [0, 1, 1]);
  assert.deepEqual([9, 10].map((step) => within([over!], step, step).length), [1, 0]);
});
test('findings: when, in words', () => {
  assert.equal(whenText(finding({}), 'epoch'), 'since epoch 5');
  assert.equal(whenText(finding({ongoing: false, from_step: 1200, to_step: 2400}), 'step'), 'step 1,200 – 2,400');
});
test('findings: evidence with its unit', () => {
  const rows = evidenceRows(finding({evidence: {best_val_loss: 0.41071, best_step: 19, rise: 21.74, worst: 'NaN'}, units: {best_step: 'epoch', rise: '%'}}));
  assert.deepEqual(rows.map((row) => [row.name, row.value]),
    [['best validation loss', '0.4107'], ['best step', 'epoch 19'], ['rise', '21.7 %'], ['worst', 'NaN']]);
});
test('findings: advice by lines', () => assert.deepEqual(adviceLines(finding({advice: 'a\n b \n\n'})), ['a', 'b']));

// --- epochs ---

const run = (fields: Partial<Run> = {}): Run => ({
  id: 'a', name: null, project: null, status: 'running', created: '2026-01-01T00:00:00Z', updated: '2026-01-01T00:00:00Z', x: 'epoch',
  last_step: 2, epochs: null, config: null, tags: null, note: null, baseline: null, schedule: null,
  roles: {train_loss: 'loss', val_loss: 'val_loss', lr: 'lr', train_metric: null, val_metric: null},
  last: {}, best: {}, verdict: 'good', findings: {error: 0, warning: 0, info: 0}, ...fields,
});
const table: EpochTable = {run: 'a', x: 'epoch', columns: [], epochs: [{epoch: 1, loss: 0.5, val_loss: 0.75}, {epoch: 2, loss: 0.25, lr: 0.1}]};
test('epochs: newest first, by role, with the gap where both losses are known', () => {
  const rows = rowsOf(table, run());
  assert.deepEqual(rows.map((row) => row.x), [2, 1]);
  assert.equal(rows[1]!.gap, 0.25);
  assert.ok(Number.isNaN(rows[0]!.gap));
  assert.equal(rows[0]!.cells.lr, 0.1);
});
test('epochs: live points complete known rows and add new ones in order', () => {
  const merged = mergeRows(table, [{metric: 'val_loss', x: [2, 4, 3], value: [0.5, 0.4, 'NaN']}]);
  assert.deepEqual(merged.epochs.map((row) => row.epoch), [1, 2, 3, 4]);
  assert.deepEqual(merged.epochs.slice(1), [{epoch: 2, loss: 0.25, lr: 0.1, val_loss: 0.5}, {epoch: 3, val_loss: 'NaN'}, {epoch: 4, val_loss: 0.4}]);
});
test('epochs: a long run is read from its newest rows', () => {
  const metrics = [{name: 'loss', count: 100_000, nonfinite: 0, min: 0, max: 1, last: 0, first_step: 0, last_step: 100_000}];
  assert.deepEqual(tableQuery(run({metrics, last_step: 100_000})), {from: 98_000});
  assert.deepEqual(tableQuery(run({metrics: [{...metrics[0]!, count: 50}]})), {});
});

// --- the run list ---

test('runs: each word must occur somewhere', () => {
  const one = run({name: 'ResNet 50', project: 'cifar', tags: {seed: 3}});
  assert.deepEqual(['', 'resnet', 'RES cif', 'seed 3', 'resnet lm'].map((q) => matches(one, q, '', '')), [true, true, true, true, false]);
  assert.equal(matches(one, '', 'other', ''), false);
  assert.equal(matches(one, '', '', 'failed'), false);
});
test('runs: those without a value come last in both directions', () => {
  const all = [run({id: 'none'}), run({id: 'high', last: {val_loss: 2}}), run({id: 'low', last: {val_loss: 1}}), run({id: 'nan', last: {val_loss: 'NaN'}})];
  assert.deepEqual(sortRuns(all, 'last.val_loss').map((r) => r.id), ['low', 'high', 'none', 'nan']);
  assert.deepEqual(sortRuns(all, '-last.val_loss').map((r) => r.id), ['high', 'low', 'none', 'nan']);
});
test('runs: an unknown column sorts as usual', () => {
  const all = [run({id: 'old', created: '2026-01-01T00:00:00Z'}), run({id: 'new', created: '2026-02-01T00:00:00Z'})];
  assert.deepEqual(sortRuns(all, 'nonsense').map((r) => r.id), ['new', 'old']);
});
test('runs: a click sorts, another turns round, times start with the newest', () => {
  assert.deepEqual([nextSort('', 'name'), nextSort('name', 'name'), nextSort('-name', 'name'), nextSort('', 'created'), nextSort('', 'updated')],
    ['name', '-name', 'name', 'created', '-updated']);
});
test('runs: a small curve spans its drawing', () => {
  assert.equal(sparkPath([2, 1], 80, 20), 'M0.0 1.5L80.0 18.5');
  assert.equal(sparkPath([1], 80, 20), '');
  assert.equal(sparkPath([NaN, 2, 1], 80, 20), 'M0.0 1.5L80.0 18.5');
});

// --- the server ---

test('live: waits double up to half a minute, with jitter', () => {
  assert.deepEqual([0, 1, 2, 5, 20].map((n) => backoff(n, 0)), [1000, 2000, 4000, 30_000, 30_000]);
  assert.equal(backoff(0, 1), 750);
});
test('addresses: empty parameters are left out, commas stay', () => {
  assert.equal(address('/series', {runs: 'a,b', metrics: 'val/loss & more', from: null, to: undefined, x: ''}), '/api/v1/series?runs=a,b&metrics=val%2Floss%20%26%20more');
});

// --- requests ---

test('series: a body from the browser\'s cache gets the cursor of now', async (t) => {
  const answers = [{'epochd-cursor': 'k-7'}, {}] as HeadersInit[];
  t.mock.method(globalThis, 'fetch', async () => new Response('{"cursor":"k-1","x":"step","series":[]}', {headers: answers.shift()}));
  assert.equal((await api.series({runs: 'a'})).cursor, 'k-7');
  assert.equal((await api.series({runs: 'a'})).cursor, 'k-1');
});
