import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {View} from '../src/logic/view.ts';
import {defaults, moveTo, parseView, viewAddress} from '../src/logic/view.ts';

const parse = (url: string) => {
  const {pathname, search} = new URL(url, 'http://host');
  return parseView(pathname, search);
};

for (const [path, page, id] of [
  ['/', 'runs', ''], ['/runs', 'runs', ''], ['/runs/', 'runs', ''], ['/run/resnet-1', 'run', 'resnet-1'],
  ['/run/a%2Fb', 'run', 'a/b'], ['/compare', 'compare', ''], ['/plan', 'plan', ''],
  ['/run', 'nothing', ''], ['/run/a/b', 'nothing', ''], ['/other', 'nothing', ''], ['/plan/x', 'nothing', ''],
] as const) {
  test(`${path} is the page ${page} ${id}`, () => {
    const view = parse(path);
    assert.deepEqual([view.page, view.id], [page, id]);
  });
}

// Every parameter, away from its default, survives a round trip on each page that has it.
const changed: Partial<Record<View['page'], Partial<View>>> = {
  runs: {q: 'resnet & 50%', project: 'ci/far', status: 'failed', sort: '-best.val_loss', runs: ['a', 'b.c']},
  run: {x: 'relative', log: true, halfLife: 50, clip: false, bands: false, from: 12.5, to: 400, hide: ['train/loss', 'ünï'], pin: 17, finding: 'overfitting-val_loss'},
  compare: {runs: ['a', 'b', 'c'], base: 'b', metric: 'val_acc', x: 'time', log: true, halfLife: 5, clip: false, from: 1, to: 2, hide: ['a'], pin: 3},
  plan: {hide: ['b'], log: true, pin: 7, epochs: 90, steps: 4000, cycles: 3, baseLr: 3e-4, etaMin: 1e-6, warmup: 5,
    a: 'LinearLR~total_iters:5!5!CosineAnnealingLR~T_max:45', b: 'long one*MultiStepLR~milestones:30,60~gamma:0.5', c: 'none', d: 'StepLR',
    on: 'b', code: 'keras', run: 'resnet/1', of: 'resnet 2'},
};
for (const [page, fields] of Object.entries(changed) as [View['page'], Partial<View>][]) {
  for (const [key, value] of Object.entries(fields)) {
    const whole = key === 'from' || key === 'to' ? {from: fields.from!, to: fields.to!} : {[key]: value};
    test(`${page}: ${key} survives the URL`, () => {
      const view: View = {...defaults, page, id: page === 'run' ? 'x' : '', ...whole};
      assert.deepEqual(parse(viewAddress(view)), view);
    });
  }
  test(`${page}: everything at once survives the URL`, () => {
    const view: View = {...defaults, page, id: page === 'run' ? 'x' : '', ...fields};
    assert.deepEqual(parse(viewAddress(view)), view);
  });
}

test('defaults are left out', () => assert.equal(viewAddress({...defaults, page: 'run', id: 'x'}), '/run/x'));
test('the URL is readable', () => assert.equal(viewAddress({...defaults, page: 'compare', runs: ['a', 'b'], x: 'epoch'}), '/compare?runs=a,b&x=epoch'));
test('a half-life of 0 is not the default', () => assert.equal(viewAddress({...defaults, page: 'run', id: 'x', halfLife: 0}), '/run/x?hl=0'));
for (const bad of ['hl=-1', 'hl=abc', 'x=banana', 'y=cubic', 'clip=2', 'from=x', 'pin=', 'hl=1e999']) {
  test(`a bad value falls back: ${bad}`, () => assert.deepEqual({...parse(`/run/x?${bad}`)}, {...defaults, page: 'run', id: 'x'}));
}
test('an empty range is no range', () => {
  const view = parse('/run/x?from=5&to=5');
  assert.deepEqual([view.from, view.to], [null, null]);
});
test('parameters that are not ours survive', () => assert.equal(viewAddress(parse('/run/x?hl=5&utm=a+b')), '/run/x?hl=5&utm=a+b'));
test('a broken escape in the path is taken as it is', () => assert.equal(parseView('/run/%zz', '').id, '%zz'));
test('moveTo keeps the charts\' settings and drops the rest', () => {
  const moved = moveTo({...defaults, page: 'run', id: 'x', log: true, from: 3, to: 9, q: 'old'}, 'compare', {runs: ['x']});
  assert.deepEqual(moved, {...defaults, page: 'compare', log: true, runs: ['x']});
});
