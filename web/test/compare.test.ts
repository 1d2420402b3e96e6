import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Run, Series} from '../src/api/types.ts';
import {countWords, fullStretch, meanAndSpread, readMean, splitBand} from '../src/logic/compare/mean.ts';
import {allButSeeds, groupRuns, groupings, leaves, paramsOf} from '../src/logic/compare/params.ts';
import type {Row} from '../src/logic/compare/results.ts';
import {nextSort, sortRows, usualSort} from '../src/logic/compare/results.ts';
import {brushOf, brushRange, keeps, scaleOf} from '../src/logic/compare/scale.ts';
import type {Settings} from '../src/logic/compare/settings.ts';
import {readSettings, usual, writeSettings} from '../src/logic/compare/settings.ts';
import {csv, markdown} from '../src/logic/compare/text.ts';
import {parseView, viewAddress} from '../src/logic/view.ts';

const run = (id: string, config: Run['config'], more: Partial<Run> = {}) => ({id, name: null, project: null, tags: null, config, ...more}) as Run;

// --- the URL ---

const changed: Partial<Settings> = {
  group: ['lr', 'tag:a,b', 'opt.na%me'], band: 'minmax', diff: true, sort: '-delta', all: true, by: 'opt.lr', figure: 'best', scale: 'log',
  brush: [{key: 'lr', low: 1e-4, high: 0.1, words: []}, {key: 'a~b,c', low: 0, high: 0, words: ['adam', 'x,y~z', '=q']}],
};
for (const [key, value] of Object.entries(changed)) {
  test(`compare: ${key} survives the URL, beside strangers`, () => {
    const rest = writeSettings([['utm', 'x']], {...usual, [key]: value});
    const back = parseView('/compare', viewAddress({...parseView('/compare', ''), runs: ['a', 'b'], rest}).split('?')[1]!);
    assert.deepEqual(readSettings(back.rest), {...usual, [key]: value});
    assert.deepEqual(back.rest.at(-1), ['utm', 'x']);
  });
}
test('compare: everything at once survives, and nothing is written of defaults', () => {
  assert.deepEqual(readSettings(writeSettings([], {...usual, ...changed})), {...usual, ...changed});
  assert.deepEqual(writeSettings([], usual), []);
});
test('compare: bad values fall back', () => {
  assert.deepEqual(readSettings([['band', 'wide'], ['diff', 'yes'], ['figure', ''], ['scale', 'cubic'], ['brush', 'lr,lr~x~y,lr~2~1,~1~2']]), usual);
});

// --- parameters and groups ---

test('nested parameters are joined by dots, lists stay whole', () =>
  assert.deepEqual(leaves({a: 1, b: {c: [1, 2], d: {e: null}}}), [['a', 1], ['b.c', [1, 2]], ['b.d.e', null]]));
test('parameters differ among the runs that tell any', () => {
  const params = paramsOf([run('a', {lr: 1, same: 2}), run('b', {lr: 3, same: 2}), run('c', null)]);
  assert.deepEqual(params.map(({key, differs}) => [key, differs]), [['lr', true], ['same', false]]);
  assert.deepEqual(paramsOf([run('a', {x: 1}), run('b', {y: 1})]).map(({differs}) => differs), [true, true]);
});
const sweep = [run('a', {lr: 0.1, seed: 1}, {project: 'p'}), run('b', {lr: 0.1, seed: 2}), run('c', {lr: 0.01, seed: 1}, {tags: {who: 'me'}}), run('d', null)];
test('groups agree in the keys, rise with their values, and those without are the last', () => {
  assert.deepEqual(groupRuns(sweep, ['lr']).map(({label, runs}) => [label, runs]), [['lr 0.01', ['c']], ['lr 0.1', ['a', 'b']], ['no lr', ['d']]]);
  assert.deepEqual(groupRuns(sweep, ['lr', 'seed']).map(({id}) => id), ['lr=0.01;seed=1', 'lr=0.1;seed=1', 'lr=0.1;seed=2', 'lr=–;seed=–']);
  assert.deepEqual(groupRuns(sweep, []), []);
  assert.deepEqual(groupRuns(sweep, ['unknown']), []);
});
test('tags and the project group, too; seeds are left out of the quick choice', () => {
  assert.deepEqual(groupings(sweep).map(({key}) => key), ['lr', 'seed', 'tag:who', 'project']);
  assert.deepEqual(groupRuns(sweep, ['tag:who']).map(({label}) => label), ['who me', 'no who']);
  assert.deepEqual(groupRuns(sweep, ['project']).map(({runs}) => runs), [['a'], ['b', 'c', 'd']]);
  assert.deepEqual(allButSeeds(sweep), ['lr']);
});

// --- means ---

const series = (more: Partial<Series>) => ({run: '', metric: 'v', count: 4, downsampled: false, x: [1, 2, 3, 4], value: [4, 3, 2, 1], n: [1, 2, 2, 1], ...more}) as Series;
test('a band lies around the mean, smoothed or not; min and max are themselves', () => {
  const std = readMean(series({std: [0, 1, 0.5, 0]}), 'g', 'std');
  assert.deepEqual([std.min, std.max, std.spread], [[4, 2, 1.5, 1], [4, 4, 2.5, 1], [0, 1, 0.5, 0]]);
  assert.deepEqual(readMean(series({sem: [0, 1, 1, 0], smooth: [4, 3.5, 3, 2]}), 'g', 'sem').max, [4, 4.5, 4, 2]);
  assert.deepEqual(readMean(series({min: [4, 2, 1, 1], max: [4, 9, 3, 1]}), 'g', 'minmax').max, [4, 9, 3, 1]);
});
test('where fewer runs make up the mean only the edges of the band go on', () => {
  const {high, low, edges} = splitBand(readMean(series({std: [0, 1, 0.5, 0]}), 'g', 'std'));
  assert.deepEqual([high, low], [{x: [2, 3], y: [4, 2.5]}, {x: [2, 3], y: [2, 1.5]}]);
  assert.deepEqual(edges.map(({x}) => x), [[1, 2], [1, 2], [3, 4], [3, 4]]);
  assert.deepEqual(splitBand(readMean(series({std: [1, 1, 1, 1], n: [3, 3, 3, 3]}), 'g', 'std')).edges, []);
});
test('n is told, and that it falls', () => {
  assert.deepEqual([[4, 4], [4, 2, 3], [1], []].map(countWords), ['n 4', 'n 4 → 3', 'n 1', 'n 0']);
  assert.deepEqual(fullStretch([1, 2, 1, 2, 1]), [1, 3]);
});
test('mean and deviation of a sample; of what is finite; of one; of none', () => {
  assert.deepEqual(meanAndSpread([1, 3, NaN]), {mean: 2, n: 2, std: Math.SQRT2});
  assert.deepEqual(meanAndSpread([5]), {mean: 5, n: 1, std: 0});
  assert.equal(meanAndSpread([NaN]).n, 0);
});

// --- scales and brushes ---

test('numbers over decades get a log axis, unless a straight one is asked for', () => {
  const scale = scaleOf([1e-3, 1e-2, 1e-1, undefined]);
  assert.equal(scale.kind, 'log');
  assert.ok(Math.abs(scale.at(1e-2)! - 0.5) < 1e-9);
  assert.deepEqual(scale.ticks.map(({text}) => text), ['0.001', '0.01', '0.1']);
  assert.equal(scale.at(undefined), null);
  assert.ok(Math.abs(scale.from(scale.at(0.037)!) - 0.037) < 1e-9);
  assert.equal(scaleOf([1e-3, 1e-1], 'lin').kind, 'lin');
  assert.equal(scaleOf([0, 1e-1], 'log').kind, 'lin', 'no log of zero');
});
test('words, mixed values and lists lie side by side; NaN has no place', () => {
  const words = scaleOf(['sgd', 'adam', 3, [1, 2]]);
  assert.deepEqual([words.kind, words.stops.map(({text}) => text)], ['words', ['[1,2]', '3', 'adam', 'sgd']]);
  const numbers = scaleOf([1, 2, 'NaN']);
  assert.deepEqual([numbers.kind, numbers.at('NaN')], ['lin', null]);
  assert.equal(scaleOf([5, 5]).at(5), 0.5);
  assert.deepEqual(scaleOf([]).stops, []);
});
test('many values get round ticks', () => {
  const ticks = scaleOf(Array.from({length: 30}, (_, i) => 0.317 + i / 100)).ticks;
  assert.deepEqual(ticks.map(({v}) => v), [0.4, 0.5, 0.6]);
});
test('a brush is what lies in its range, by the values that are there', () => {
  const scale = scaleOf([1, 2, 3, 4]), all = scale.stops;
  const brush = brushOf('k', [all[1]!.at - 0.01, all[2]!.at + 0.01], scale)!;
  assert.deepEqual(brush, {key: 'k', low: 2, high: 3, words: []});
  assert.deepEqual(brushRange(brush, scale), [all[1]!.at, all[2]!.at]);
  assert.deepEqual([1, 2, 3, 4, 'x', undefined].map((v) => keeps(brush, v)), [false, true, true, false, false, false]);
  assert.equal(brushOf('k', [0, 1], scale), null);
  assert.equal(brushOf('k', [0.99, 1], scale), null);
  const words = scaleOf(['a', 'b', 'c']), some = brushOf('k', [0, 0.6], words)!;
  assert.deepEqual(some.words, ['a', 'b']);
  assert.deepEqual(['a', 'c', undefined].map((v) => keeps(some, v)), [true, false, false]);
});

// --- the table ---

const row = (name: string, best: number | null, delta = 0) =>
  ({run: name, name, figures: {best, delta, final: best, area: best, last_step: 3, duration_s: 5}, findings: {error: 0, warning: 0, info: 0}}) as unknown as Row;
test('rows are sorted either way, those without a value last', () => {
  const rows = [row('b', 2), row('n', null), row('a', 3)];
  assert.deepEqual(sortRows(rows, 'best').map(({name}) => name), ['b', 'a', 'n']);
  assert.deepEqual(sortRows(rows, '-best').map(({name}) => name), ['a', 'b', 'n']);
  assert.deepEqual(sortRows(rows, 'name').map(({name}) => name), ['a', 'b', 'n']);
  assert.deepEqual(sortRows(rows, 'garbage').map(({name}) => name), ['b', 'a', 'n']);
});
test('a column starts with what is best, and turns round', () => {
  assert.deepEqual([usualSort('best', false), usualSort('best', true), usualSort('duration', false)], ['best', '-best', '-duration']);
  assert.deepEqual([nextSort('best', 'best', false), nextSort('-best', 'best', false), nextSort('-best', 'best', true), nextSort('best', 'name', false)], ['-best', 'best', 'best', 'name']);
});
test('as text: bars, quotes and formulas do no harm', () => {
  assert.equal(markdown(['a', 'b'], [['x|y', '1\n2']]), '| a | b |\n| --- | ---: |\n| x\\|y | 1 2 |\n');
  assert.equal(csv(['a', 'b'], [['x,"y"', '=1+1'], ['-0.5', '@x']]), 'a,b\r\n"x,""y""",\'=1+1\r\n-0.5,\'@x\r\n');
});
