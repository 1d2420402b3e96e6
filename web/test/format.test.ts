import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as f from '../src/logic/format.ts';

const rows = <T>(name: string, call: (given: T) => string, table: [T, string][]) => {
  for (const [given, wanted] of table) {
    test(`${name}: ${JSON.stringify(given)} is "${wanted}"`, () => assert.equal(call(given), wanted));
  }
};

rows('value', (v: Parameters<typeof f.value>[0]) => f.value(v), [
  [0, '0'], [0.1, '0.1'], [0.49994, '0.4999'], [12.3456, '12.35'], [206, '206'], [24180, '24,180'],
  [0.0001024, '1.02e-4'], [3e-4, '3e-4'], [1.5e9, '1.5e9'], [-0.25, '−0.25'],
  [null, '–'], [undefined, '–'], ['NaN', 'NaN'], ['Infinity', '∞'], ['-Infinity', '−∞'],
]);
rows('rate', (v: number) => f.rate(v), [[0.1, '0.1'], [0.095, '0.095'], [1.5e-4, '1.50e-4'], [0, '0']]);
rows('percent', f.percent, [[0.217, '+21.7 %'], [-0.259, '−25.9 %'], [NaN, '–'], [0, '+0.0 %'], [123.4, '+12,340 %']]);
rows('duration', f.duration, [[0, '0 s'], [59.4, '59 s'], [90, '1 m 30 s'], [600, '10 m'], [4620, '1 h 17 m'], [97200, '1 d 3 h']]);
rows('words', f.words, [
  ['val_loss_not_rising', 'Validation loss not rising'],
  ['train_loss_falls_smoothly', 'Training loss falls smoothly'],
  ['lr_follows_schedule', 'Learning rate follows schedule'],
]);
rows('json', (v: Parameters<typeof f.json>[0]) => f.json(v), [['adam', 'adam'], [0.1, '0.1'], [[1, 2], '[1,2]'], [true, 'true'], [undefined, '–']]);

test('decimalsFor: as many as the values use', () => assert.equal(f.decimalsFor([0.85, 0.7, 0.6, 0.15]), 2));
test('decimalsFor: four significant digits of a typical value at most', () => assert.equal(f.decimalsFor([0.218123, 0.49991]), 4));
test('decimalsFor: whole numbers need none', () => assert.equal(f.decimalsFor([3, 14, 206]), 0));
test('decimalsFor: NaN and nothing are passed over', () => {
  assert.equal(f.decimalsFor([NaN, 0.5]), 1);
  assert.equal(f.decimalsFor([]), 0);
});
test('aligned: the same decimals for all', () => assert.deepEqual(f.aligned([0.216, 0.4216]), ['0.2160', '0.4216']));
test('aligned: exponents stay as they are', () => assert.deepEqual(f.aligned([1e-5, 0.5]), ['1e-5', '0.5']));
test('ago: from seconds to dates', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  assert.equal(f.ago(now - 2000, now), 'just now');
  assert.equal(f.ago(now - 42_000, now), '42 s ago');
  assert.equal(f.ago(now - 7_200_000, now), '2 h ago');
  assert.equal(f.ago(now - 100_000_000, now), 'yesterday');
  assert.match(f.ago(now - 12 * 86_400_000, now), /^11 Nov$/);
});
