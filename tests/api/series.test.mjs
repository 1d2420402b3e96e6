// Series and comparisons: thinned without hiding anything, smoothed on the full data.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {body, goodRun, problem, serverFor} from './support.mjs';

const series = async (server, query) => (await body(server.get(`/api/v1/series?${query}`))).series;

test('few points come as they are', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, a: 3}, {epoch: 2, a: 1}]);
  const answer = await body(server.get('/api/v1/series?runs=r&metrics=a'));
  assert.match(answer.cursor, /^\w+-\d+$/);
  assert.equal(answer.x, 'step');
  assert.deepEqual(answer.series, [{
    run: 'r', metric: 'a', count: 2, downsampled: false, x: [1, 2], value: [3, 1], nonfinite: [], nonfinite_count: 0,
  }]);
});

test('many points are thinned, and no spike is hidden', async (t) => {
  const server = await serverFor(t);
  const n = 50000;
  const records = Array.from({length: n}, (_, i) => `{"epoch":${i},"a":${i === 31234 ? 1e6 : i === 41234 ? -1e6 : Math.sin(i / 100)}}`);
  await body(server.post('/api/v1/runs/r/epochs', records.join('\n'), 'application/x-ndjson'));
  const [s] = await series(server, 'runs=r&metrics=a&points=300');
  assert.equal(s.count, n);
  assert.equal(s.downsampled, true);
  assert.ok(s.x.length <= 300 && s.x.length > 250);
  assert.equal(Math.max(...s.max), 1e6);
  assert.equal(Math.min(...s.min), -1e6);
  assert.deepEqual([s.x[0], s.x.at(-1)], [0, n - 1]);
});

test('a long curve over time, and a smoothed one, are as a short one would be', async (t) => {
  const server = await serverFor(t);
  const n = 40000, start = 1790000000;
  const records = Array.from({length: n}, (_, i) => `{"step":${i},"time":${start + i / 4 + (i % 7) / 100},"epoch":${i / 100},"a":${(i * 7919) % 101}}`);
  await body(server.post('/api/v1/runs/r/epochs', records.join('\n'), 'application/x-ndjson'));
  for (const query of ['x=time', 'x=relative', 'x=epoch', 'half_life=10', 'x=time&half_life=10&from=3000&to=36000']) {
    const [thin] = await series(server, `runs=r&metrics=a&points=100&${query}`);
    const [all] = await series(server, `runs=r&metrics=a&points=20000&${query}`);
    const at = new Map(all.x.map((x, i) => [x, i]));
    assert.equal(thin.count, all.count);
    assert.deepEqual([thin.x[0], thin.x.at(-1)], [all.x[0], all.x.at(-1)]);
    assert.ok(thin.x.length <= 100 && thin.x.length > 90, `${query}: ${thin.x.length} points`);
    assert.deepEqual([Math.min(...thin.min), Math.max(...thin.max)], [0, 100]);
    const [whole] = await series(server, `runs=r&metrics=a&points=20000&${query.replace(/&?from.*/, '')}&from=3000&to=12000`);
    const exact = new Map(whole.x.map((x, i) => [x, whole.smooth?.[i]]));
    if (thin.smooth) thin.x.forEach((x, i) => { if (exact.has(x)) assert.equal(thin.smooth[i], exact.get(x), query); });
    assert.equal(thin.smooth === undefined, !query.includes('half_life'));
    assert.ok(at.size > 0);
  }
});

test('times that go back are sorted, however many there are', async (t) => {
  const server = await serverFor(t);
  const records = Array.from({length: 5000}, (_, i) => `{"step":${i},"time":${1790000000 - i},"a":${i}}`);
  await body(server.post('/api/v1/runs/r/epochs', records.join('\n'), 'application/x-ndjson'));
  const [s] = await series(server, 'runs=r&metrics=a&points=100&x=time');
  assert.deepEqual([s.x[0], s.value[0], s.x.at(-1), s.value.at(-1)], [1789995001, 4999, 1790000000, 0]);
  assert.ok(s.x.every((x, i) => i === 0 || x > s.x[i - 1]));
});

// So many that the store shows stretches of it, not points.
test('a very long curve is drawn from stretches, and no spike is hidden', async (t) => {
  const server = await serverFor(t);
  const n = 200000, value = Array.from({length: n}, (_, i) => Math.sin(i / 5000));
  Object.assign(value, {0: 7, 77777: 1e6, 123456: -1e6, [n - 1]: 8, 150000: NaN, 150001: -Infinity});
  const records = value.map((v, i) => `{"epoch":${i * 2},"a":${v}}`);
  await body(server.post('/api/v1/runs/r/epochs', records.join('\n'), 'application/x-ndjson'));
  for (const [query, from, to] of [['', 0, n - 1], ['&from=100001&to=399900', 50000, 199951]]) {
    const [s] = await series(server, `runs=r&metrics=a&points=100${query}`);
    assert.equal(s.count, query ? 149950 : n);
    assert.equal(s.downsampled, true);
    assert.ok(s.x.length <= 100 && s.x.length > 90, `${s.x.length} points`);
    assert.deepEqual([s.x[0], s.x.at(-1)], [2 * from, 2 * to], 'one point beyond each end');
    assert.deepEqual([s.value[0], s.value.at(-1)], [value[from], value[to]]);
    assert.deepEqual([Math.min(...s.min), Math.max(...s.max)], [-1e6, 1e6]);
    assert.deepEqual(s.nonfinite, [{x: 300000, kind: 'NaN'}, {x: 300002, kind: '-Infinity'}]);
    const narrow = (s.x.at(-1) - s.x[0]) / 98 / 4;
    s.x.forEach((x, i) => {
      assert.equal(s.value[i], value[x / 2], 'a value that was posted');
      assert.ok(i === 0 || x > s.x[i - 1], 'by rising step');
      const lowest = Math.min(...value.slice(i ? (s.x[i - 1] + narrow) / 2 : x / 2, x / 2 + 1).filter(Number.isFinite));
      assert.ok(s.min[i] <= lowest, `the bucket up to ${x} holds ${lowest}`);
    });
  }
});

test('a range has one point beyond each end', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', Array.from({length: 100}, (_, i) => ({epoch: i, a: i})));
  const [s] = await series(server, 'runs=r&metrics=a&from=10&to=20');
  assert.deepEqual([s.x[0], s.x.at(-1), s.count], [9, 21, 11]);
});

test('smoothing does not depend on the range or on thinning', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', Array.from({length: 1000}, (_, i) => ({epoch: i, a: (i * 7919) % 101})));
  const [all] = await series(server, 'runs=r&metrics=a&half_life=10');
  const [part] = await series(server, 'runs=r&metrics=a&half_life=10&from=500&to=600');
  const [thin] = await series(server, 'runs=r&metrics=a&half_life=10&points=50');
  assert.equal(all.smooth.length, 1000);
  for (const s of [part, thin]) s.x.forEach((x, i) => assert.equal(s.smooth[i], all.smooth[x]));
});

test('a point that is not finite is listed, not drawn', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs/r/epochs', '[{"epoch":1,"a":1},{"epoch":2,"a":NaN},{"epoch":3,"a":Infinity},{"epoch":4,"a":2}]'));
  const [s] = await series(server, 'runs=r&metrics=a');
  assert.deepEqual([s.x, s.value], [[1, 4], [1, 2]]);
  assert.deepEqual(s.nonfinite, [{x: 2, kind: 'NaN'}, {x: 3, kind: 'Infinity'}]);
  assert.equal(s.nonfinite_count, 2);
});

test('x may be the epoch, the time, or the time since the start', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [
    {step: 0, epoch: 0, loss: 3, time: 1000}, {step: 50, loss: 2, time: 1030.5}, {step: 100, epoch: 1, loss: 1, time: 1060},
  ]);
  const x = async (axis) => (await series(server, `runs=r&metrics=loss&x=${axis}`))[0].x;
  assert.deepEqual(await x('step'), [0, 50, 100]);
  assert.deepEqual(await x('epoch'), [0, 0.5, 1]);
  assert.deepEqual(await x('relative'), [0, 30.5, 60]);
  assert.deepEqual(await x('time'), [1000, 1030.5, 1060]);
});

test('epochs that are not numbers, or fall, give no more points than were asked for', async (t) => {
  const server = await serverFor(t);
  const epochs = {holes: (i) => (i % 3 ? 'NaN' : i), falls: (i) => 1000 - i, leaps: (i) => (i % 2 ? 1e308 : -1e308), never: () => 'Infinity'};
  for (const [run, epoch] of Object.entries(epochs)) {
    const records = Array.from({length: 1000}, (_, i) => `{"step":${i},"epoch":${epoch(i)},"loss":${i % 5}}`);
    await body(server.post(`/api/v1/runs/${run}/epochs`, records.join('\n'), 'application/x-ndjson'));
    for (const points of [4, 100]) {
      const [s] = await series(server, `runs=${run}&metrics=loss&x=epoch&points=${points}`);
      assert.ok(s.x.length <= points, `${run}: ${s.x.length} points`);
      assert.ok(s.x.every((x, i) => Number.isFinite(x) && (i === 0 || s.x[i - 1] <= x)), run);
      const [mean] = await series(server, `runs=${run},holes&metrics=loss&x=epoch&points=${points}&agg=minmax`);
      assert.ok(mean.x.length <= points && mean.min.length === mean.x.length && mean.max.length === mean.x.length);
    }
  }
  assert.deepEqual((await series(server, 'runs=holes&metrics=loss&x=epoch&from=1&to=2'))[0].x, [0, 1, 2, 3]);
});

test('a role stands for the metric that plays it; a metric that is not there is left out', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('a', [{epoch: 1, 'train/loss': 1}]);
  await server.postEpochs('b', [{epoch: 1, other: 1}]);
  const found = await series(server, 'runs=a,b&metrics=train_loss,nothing');
  assert.deepEqual(found.map((s) => [s.run, s.metric]), [['a', 'train/loss']]);
  const all = await body(server.get('/api/v1/runs/a/series'));
  assert.deepEqual(all.series.map((s) => s.metric), ['train/loss']);
});

test('the mean over runs, with its spread', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('a', [{epoch: 1, v: 1}, {epoch: 2, v: 2}]);
  await server.postEpochs('b', [{epoch: 1, v: 3}]);
  const [std] = await series(server, 'runs=a,b&metrics=v&agg=std');
  assert.deepEqual(std, {runs: ['a', 'b'], metric: 'v', count: 2, downsampled: false, x: [1, 2], value: [2, 2], n: [2, 1], std: [Math.SQRT2, 0]});
  const [minmax] = await series(server, 'runs=a,b&metrics=v&agg=minmax');
  assert.deepEqual([minmax.value, minmax.min, minmax.max, minmax.n], [[2, 2], [1, 2], [3, 2], [2, 1]]);
});

test('the standard error of the mean is the deviation over the root of n', async (t) => {
  const server = await serverFor(t);
  for (const [run, v] of [['a', 1], ['b', 2], ['c', 6]]) await server.postEpochs(run, [{epoch: 1, v}]);
  const [sem] = await series(server, 'runs=a,b,c&metrics=v&agg=sem');
  const [std] = await series(server, 'runs=a,b,c&metrics=v&agg=std');
  assert.deepEqual(Object.keys(sem).sort(), ['count', 'downsampled', 'metric', 'n', 'runs', 'sem', 'value', 'x']);
  assert.ok(Math.abs(std.std[0] - Math.sqrt(7)) < 1e-12);
  assert.ok(Math.abs(sem.sem[0] - Math.sqrt(7 / 3)) < 1e-12);
});

test('values less a baseline: at the same step, between its points on a line, not beyond them', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('base', [{epoch: 2, v: 1}, {epoch: 4, v: 3}, {epoch: 5, v: 'NaN'}, {epoch: 6, v: 7}]);
  await server.postEpochs('a', [1, 2, 3, 4, 5, 6, 7].map((epoch) => ({epoch, v: epoch === 4 ? 'NaN' : 10})));
  await server.postEpochs('b', [{epoch: 3, v: 4}]);
  const [a, base] = await series(server, 'runs=a,base&metrics=v&baseline=base');
  assert.deepEqual([a.x, a.value, a.count], [[2, 3, 5, 6], [9, 8, 5, 3], 5]);
  assert.deepEqual(a.nonfinite, [{x: 4, kind: 'NaN'}]);
  assert.deepEqual([base.x, base.value], [[2, 4, 6], [0, 0, 0]]);
  const [mean] = await series(server, 'runs=a,b&metrics=v&agg=std&baseline=base');
  assert.deepEqual([mean.x, mean.value, mean.n], [[2, 3, 5, 6], [9, 5, 5, 3], [1, 2, 1, 1]]);
  assert.ok(Math.abs(mean.std[1] - Math.sqrt(18)) < 1e-12);
  const one = await body(server.get('/api/v1/runs/a/series?metrics=v&baseline=base'));
  assert.deepEqual(one.series[0].value, a.value);
});

test('a long curve less itself is nothing, thinned or not; a baseline without the metric gives no points', async (t) => {
  const server = await serverFor(t);
  const csv = ['step,v', ...Array.from({length: 20_000}, (_, i) => `${i},${(i * 7919) % 101}`)].join('\n');
  await body(server.post('/api/v1/runs/long/epochs', csv, 'text/csv'));
  await server.postEpochs('other', [{epoch: 1, w: 1}]);
  for (const more of ['', '&half_life=50', '&agg=minmax']) {
    const [s] = await series(server, `runs=long&metrics=v&points=100&baseline=long${more}`);
    assert.ok(s.downsampled && s.x.length <= 100 && s.count === 20_000);
    assert.ok([s.value, s.min, s.max, s.smooth ?? []].flat().every((v) => v === 0));
  }
  const [none] = await series(server, 'runs=long&metrics=v&baseline=other');
  assert.deepEqual([none.x, none.count], [[], 0]);
  await problem(server.get('/api/v1/series?runs=long&metrics=v&baseline=nobody'), 404, 'run_not_found');
});

test('compare: a run lasted from its first point to its last', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('a', [{epoch: 1, time: 1000, val_loss: 2}, {epoch: 2, time: 1090.5, val_loss: 1}]);
  await server.postEpochs('b', [{epoch: 1, other: 2}]);
  const {runs} = await body(server.get('/api/v1/compare?runs=a,b'));
  assert.deepEqual(runs.map((run) => run.duration_s), [90.5, null]);
});

for (const agg of ['std', 'sem', 'minmax']) {
  test(`the mean is smoothed before it is cut: ${agg}`, async (t) => {
    const server = await serverFor(t);
    const records = (seed) => Array.from({length: 200}, (_, i) => ({epoch: i, v: ((i + seed) * 7919) % 101}));
    await server.postEpochs('a', records(0));
    await server.postEpochs('b', records(50));
    const [all] = await series(server, `runs=a,b&metrics=v&agg=${agg}&half_life=10`);
    const [part] = await series(server, `runs=a,b&metrics=v&agg=${agg}&half_life=10&from=100&to=120`);
    assert.deepEqual([part.x[0], part.x.at(-1), part.count], [99, 121, 21]);
    part.x.forEach((x, i) => assert.equal(part.smooth[i], all.smooth[x]));
  });
}

test('the mean over a range has one point beyond each end, from whichever run is nearest', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('a', [0, 5, 10, 11, 20, 25].map((epoch) => ({epoch, v: 1})));
  await server.postEpochs('b', [0, 7, 10, 12, 18, 25].map((epoch) => ({epoch, v: 3})));
  const [s] = await series(server, 'runs=a,b&metrics=v&agg=std&from=10&to=15');
  assert.deepEqual([s.x, s.value, s.n, s.count], [[7, 10, 11, 12, 18], [3, 2, 1, 3, 3], [1, 2, 1, 1, 1], 3]);
});

const wrong = [
  ['', 'runs'], ['runs=r&x=age', 'x'], ['runs=r&points=3', 'points'], ['runs=r&points=1e9', 'points'],
  ['runs=r&half_life=0', 'half_life'], ['runs=r&half_life=NaN', 'half_life'], ['runs=r&agg=sum', 'agg'], ['runs=r&from=2&to=1', 'from'],
  ['runs=r&metric=a', 'metric'], ['runs=r&baseline=r', 'metrics'],
];
for (const [query, field] of wrong) {
  test(`series refused: "${query}"`, async (t) => {
    const server = await serverFor(t);
    await server.postEpochs('r', [{epoch: 1, a: 1}]);
    assert.equal((await problem(server.get(`/api/v1/series?${query}`), 422)).field, field);
  });
}

test('an unknown run is not found', async (t) => {
  const server = await serverFor(t);
  await problem(server.get('/api/v1/series?runs=none'), 404, 'run_not_found');
  await problem(server.get('/api/v1/compare?runs=none'), 404, 'run_not_found');
});

test('compare: figures, verdicts, differences of the configuration', async (t) => {
  const server = await serverFor(t);
  const make = async (id, config, losses) => {
    await body(server.post('/api/v1/runs', {id, name: `Run ${id}`, config}), 201);
    await server.postEpochs(id, losses.map((val_loss, i) => ({epoch: i + 1, val_loss})));
  };
  await make('a', {lr: 0.1, same: 1, opt: {name: 'sgd', betas: [0.9]}}, [3, 1, 2]);
  await make('b', {lr: 0.01, same: 1.0, opt: {name: 'adam', betas: [0.9]}}, [3, 2, 1]);
  await make('c', {same: 1}, [3, 3, 2.01]);
  await make('d', {same: 1}, [3, 3, 3]);
  const answer = await body(server.get('/api/v1/compare?runs=a,b,c,d'));
  assert.deepEqual([answer.metric, answer.higher_is_better, answer.baseline], ['val_loss', false, 'a']);
  assert.deepEqual(answer.runs[0], {
    run: 'a', name: 'Run a', final: 2, best: 1, best_step: 2, area: 1.75, last_step: 3, count: 3, duration_s: answer.runs[0].duration_s, delta: 0, delta_percent: 0, verdict: 'baseline',
  });
  assert.deepEqual(answer.runs.map((r) => r.verdict), ['baseline', 'better', 'same', 'worse']);
  assert.deepEqual([answer.runs[1].delta, answer.runs[1].delta_percent], [-1, -50]);
  assert.deepEqual(answer.config_differences, [
    {key: 'lr', values: {a: 0.1, b: 0.01}},
    {key: 'opt.name', values: {a: 'sgd', b: 'adam'}},
    {key: 'opt.betas', values: {a: [0.9], b: [0.9]}},
  ]);
  const other = await body(server.get('/api/v1/compare?runs=a,b&baseline=b'));
  assert.deepEqual(other.runs.map((r) => r.verdict), ['worse', 'baseline']);
});

test('compare: more is better for an accuracy; a run without it is unknown', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('a', [{epoch: 1, val_accuracy: 0.5}]);
  await server.postEpochs('b', [{epoch: 1, val_accuracy: 0.9}]);
  await server.postEpochs('c', goodRun(3));
  const answer = await body(server.get('/api/v1/compare?runs=a,b,c&metric=val_accuracy'));
  assert.equal(answer.higher_is_better, true);
  assert.deepEqual(answer.runs.map((r) => r.verdict), ['baseline', 'better', 'unknown']);
  assert.equal((await problem(server.get('/api/v1/compare?runs=a&baseline=b'), 422)).field, 'baseline');
  assert.equal((await problem(server.get('/api/v1/compare'), 422)).field, 'runs');
});
