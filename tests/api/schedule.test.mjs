// Schedules and the planner: the worked examples this project started from.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {body, goodRun, problem, serverFor} from './support.mjs';

const curve = (server, query) => body(server.get(`/api/v1/schedule?${query}`));

test('base_lr 0.1, T_max 10, eta_min 0: 0.1, 0.05 exactly, 0, and 0.05 again', async (t) => {
  const server = await serverFor(t);
  const {spec, step, lr, notes, code} = await curve(server, 'type=CosineAnnealingLR&base_lr=0.1&T_max=10&eta_min=0&steps=15');
  assert.deepEqual(spec, {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: 10, eta_min: 0, unit: 'epoch'});
  assert.deepEqual(step, [...Array(16).keys()]);
  assert.equal(lr[0], 0.1);
  assert.equal(lr[5], 0.05);
  assert.equal(lr[10], 0);
  assert.ok(Math.abs(lr[15] - 0.05) < 1e-15);
  assert.ok(lr[15] > lr[14], 'climbing');
  assert.ok(notes.some((note) => /climbs/.test(note)), String(notes));
  assert.match(code, /CosineAnnealingLR\(optimizer, T_max=10/);
});

test('T_max=10, eta_min=0.001 is accepted', async (t) => {
  const server = await serverFor(t);
  const {lr} = await curve(server, 'type=CosineAnnealingLR&base_lr=0.1&T_max=10&eta_min=0.001&steps=10');
  assert.equal(lr[10], 0.001);
  await body(server.post('/api/v1/runs', {schedule: {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: 10, eta_min: 0.001}}), 201);
});

const cosine = {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: 10};
const refused = [
  ['max_T for T_max', {...cosine, T_max: undefined, max_T: 10}, 'unknown_field', 'max_T', 'did you mean "T_max"?'],
  ['min_lr for eta_min', {...cosine, min_lr: 0.001}, 'unknown_field', 'min_lr', 'did you mean "eta_min"?'],
  ['a type in other words', {type: 'cosine', base_lr: 0.1}, 'unknown_type', 'type', 'did you mean "CosineAnnealingLR"?'],
  ['a misspelt type', {type: 'CosineAnealingLR'}, 'unknown_type', 'type', 'did you mean "CosineAnnealingLR"?'],
  ['no type', {base_lr: 0.1}, 'missing_field', 'type', '"type"'],
  ['no T_max', {type: 'CosineAnnealingLR', base_lr: 0.1}, 'missing_field', 'T_max', 'needs "T_max"'],
  ['T_max of 0', {...cosine, T_max: 0}, 'out_of_range', 'T_max', '"T_max"'],
  ['T_max of 2.5', {...cosine, T_max: 2.5}, 'out_of_range', 'T_max', '"T_max"'],
  ['T_max as text', {...cosine, T_max: '10'}, 'bad_type', 'T_max', 'a number, not text'],
  ['an unknown unit', {...cosine, unit: 'batch'}, 'out_of_range', 'unit', '"epoch" or "step"'],
  ['milestones that are no list', {type: 'MultiStepLR', base_lr: 1, milestones: 3}, 'bad_type', 'milestones', 'array'],
  ['a sequence of one', {type: 'SequentialLR', schedulers: [cosine], milestones: []}, 'out_of_range', 'schedulers', '2 to 8'],
  ['a sequence without milestones', {type: 'SequentialLR', schedulers: [cosine, cosine]}, 'out_of_range', 'milestones', 'one less'],
];
for (const [name, schedule, code, field, text] of refused) {
  test(`a schedule refused: ${name}`, async (t) => {
    const server = await serverFor(t);
    const found = await problem(server.post('/api/v1/runs', {schedule}), 422, code);
    assert.equal(found.field, field);
    assert.ok(found.detail.includes(text), found.detail);
  });
}

test('the same in a query', async (t) => {
  const server = await serverFor(t);
  const refuse = (query) => problem(server.get(`/api/v1/schedule?${query}`), 422);
  assert.match((await refuse('type=CosineAnnealingLR&base_lr=0.1&max_T=10')).detail, /did you mean "T_max"/);
  assert.equal((await refuse('type=CosineAnnealingLR&base_lr=0.1')).field, 'T_max');
  assert.equal((await refuse('type=CosineAnnealingLR&base_lr=x&T_max=3')).field, 'base_lr');
  assert.equal((await refuse('type=StepLR&base_lr=1&step_size=2&eta_min=0')).field, 'eta_min');
  assert.equal((await refuse('base_lr=1')).field, 'type');
  assert.equal((await refuse('type=constant&base_lr=1&steps=-1')).field, 'steps');
  const {lr} = await curve(server, 'type=MultiStepLR&base_lr=1&gamma=0.5&milestones=2,4&steps=5');
  assert.deepEqual(lr, [1, 1, 0.5, 0.5, 0.25, 0.25]);
});

test('a curve goes on past the run, its figures do not', async (t) => {
  const server = await serverFor(t), query = 'type=CosineAnnealingLR&base_lr=0.5&T_max=2&eta_min=0.25';
  const {steps, step, past, lowest, last_lr, area} = await curve(server, `${query}&steps=2&until=5`);
  assert.deepEqual([steps, step, past], [2, [0, 1, 2, 3, 4, 5], 'climbs']);
  assert.deepEqual([lowest, last_lr], [{step: 1, lr: 0.375}, 0.375]);
  assert.deepEqual(area, {sum: 0.875, constant: 1, ratio: 0.875});
  assert.deepEqual((await curve(server, `${query}&steps=4`)).lowest, {step: 2, lr: 0.25});
  assert.equal((await problem(server.get(`/api/v1/schedule?${query}&steps=4&until=3`), 422)).field, 'until');
});

test('the list of types says whose each is, and which parameters a page can take hold of', async (t) => {
  const server = await serverFor(t), {schedules} = await body(server.get('/api/v1/schedules'));
  assert.deepEqual([...new Set(schedules.map(({framework}) => framework))], ['PyTorch', 'Hugging Face', 'timm', 'Keras']);
  const {framework, length_param, floor_param, past, alone} = schedules.find(({type}) => type === 'CosineAnnealingLR');
  assert.deepEqual([framework, length_param, floor_param, past, alone], ['PyTorch', 'T_max', 'eta_min', 'climbs', false]);
  assert.equal(schedules.find(({type}) => type === 'OneCycleLR').alone, true);
});

const half = (i, n) => 0.05 * (1 + Math.cos((Math.PI * i) / n));
const counted = [
  ['steps, each of them', (i) => ({step: i}), 'step'],
  ['steps, every tenth', (i) => ({step: 10 * i}), 'step'],
  ['epochs, each of them', (i) => ({epoch: i}), 'epoch'],
  ['epochs, every tenth', (i) => ({epoch: 10 * i}), 'epoch'],
];
for (const [name, place, unit] of counted) {
  test(`a schedule that was recognised is drawn over the run: ${name}`, async (t) => {
    const server = await serverFor(t);
    await server.postEpochs('r', Array.from({length: 100}, (_, i) => ({...place(i), train_loss: 1 / (i + 1), lr: half(i, 100)})));
    const {source, spec, step, lr} = await body(server.get('/api/v1/runs/r/schedule'));
    assert.deepEqual([source, spec.type, spec.unit], ['fitted', 'CosineAnnealingLR', unit]);
    assert.ok(step.length >= 100 && lr.length === step.length, `${step.length} steps`);
  });
}

test('a schedule of epochs is recognised in a log of batches', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', Array.from({length: 400}, (_, i) => ({step: i, train_loss: 1 / (i + 1), lr: half(Math.floor(i / 20), 30)})));
  const {source, spec, step, lr, observed, code} = await body(server.get('/api/v1/runs/r/schedule'));
  assert.deepEqual([source, spec.T_max, spec.unit], ['fitted', 30, 'epoch']);
  assert.deepEqual([observed.every, observed.logged], [20, 'with one scheduler step in 20 steps']);
  assert.ok(step.length === 600 && lr[20] < lr[19] && lr[39] === lr[20], 'drawn as stairs, to the end of the schedule');
  assert.match(code, /CosineAnnealingLR\(optimizer, T_max=30/);
});

test('a warm-up before a cosine is a sequence', async (t) => {
  const server = await serverFor(t);
  const schedule = {
    type: 'SequentialLR', base_lr: 0.1, milestones: [5],
    schedulers: [{type: 'LinearLR', start_factor: 0.1, total_iters: 5}, {type: 'CosineAnnealingLR', T_max: 45}],
  };
  const run = await body(server.post('/api/v1/runs', {id: 'r', epochs: 50, schedule}), 201);
  assert.deepEqual(run.schedule.schedulers.map((s) => [s.type, s.base_lr]), [['LinearLR', 0.1], ['CosineAnnealingLR', 0.1]]);
  await server.postEpochs('r', [{epoch: 0, loss: 1, lr: 0.01}]);
  const answer = await body(server.get('/api/v1/runs/r/schedule'));
  assert.equal(answer.source, 'declared');
  assert.deepEqual([answer.step[0], answer.step.at(-1)], [0, 49]);
  assert.ok(Math.abs(answer.lr[0] - 0.01) < 1e-15);
  assert.equal(answer.lr[5], 0.1);
});

// A run may count tokens: what is said of its schedule must not walk through them.
for (const [name, schedule] of [
  ['steps of 1e9', {type: 'StepLR', base_lr: 0.1, step_size: 1e9, gamma: 0.5, unit: 'step'}],
  ['restarts after 2^53 - 1', {type: 'CosineAnnealingWarmRestarts', base_lr: 0.1, T_0: Number.MAX_SAFE_INTEGER, unit: 'step'}],
  ['hard restarts', {type: 'cosine_with_restarts', base_lr: 0.1, num_warmup_steps: 0, num_training_steps: 3e9, num_cycles: 3, unit: 'step'}],
  ['a factor just below 1', {type: 'ExponentialLR', base_lr: 0.1, gamma: 0.999999999, unit: 'step'}],
]) {
  test(`the schedule of a run of 3e9 steps is answered: ${name}`, {timeout: 20_000}, async (t) => {
    const server = await serverFor(t);
    await body(server.post('/api/v1/runs', {id: 'r', schedule}), 201);
    await server.postEpochs('r', [{step: 0, lr: 0.1}, {step: 1e9, lr: 0.05}, {step: 3e9, lr: 0.0125}]);
    const {lr, source} = await body(server.get('/api/v1/runs/r/schedule'));
    assert.equal(source, 'declared');
    assert.ok(lr.length > 2 && lr.length <= 1000);
  });
}

// Of these types one of several optional parameters must be there.
const needed = {
  OneCycleLR: ['total_steps'], cosine_with_min_lr: ['min_lr'], cosine_warmup_with_min_lr: ['min_lr_rate'],
  warmup_stable_decay: ['num_stable_steps'],
};

test('every type of the list makes a curve out of its own parameters', async (t) => {
  const server = await serverFor(t);
  const {schedules} = await body(server.get('/api/v1/schedules'));
  assert.ok(schedules.length >= 24);
  for (const {type, params, list} of schedules) {
    const value = (p) => p.default ?? (p.name === 'num_training_steps' ? 20 : p.integer ? 10 : 0.5);
    const query = params.filter((p) => !p.optional || needed[type]?.includes(p.name)).map((p) => `${p.name}=${value(p)}`);
    if (list) query.push(`${list}=3,6`);
    const {lr, spec, snippets} = await curve(server, `type=${type}&steps=20&${query.join('&')}`);
    assert.equal(lr.length, 21, type);
    assert.equal(spec.type, type);
    assert.deepEqual(Object.keys(snippets), ['pytorch', 'lightning', 'huggingface', 'keras']);
    for (const [framework, code] of Object.entries(snippets)) {
      assert.match(code, /^import \w/, `${type} ${framework}`);
      assert.doesNotMatch(code, /\bnan\b|\binf\b|null/, `${type} ${framework}`);
    }
  }
});

test('a whole spec in a query, in a unit, for a framework', async (t) => {
  const server = await serverFor(t);
  const spec = {
    type: 'SequentialLR', base_lr: 0.1, milestones: [5],
    schedulers: [{type: 'LinearLR', start_factor: 0.2, total_iters: 5}, {type: 'CosineAnnealingLR', T_max: 45}],
  };
  const query = `spec=${encodeURIComponent(JSON.stringify(spec))}`;
  const answer = await curve(server, `${query}&unit=step&framework=keras`);
  assert.equal(answer.spec.type, 'SequentialLR');
  assert.equal(answer.spec.unit, 'step');
  assert.deepEqual([answer.steps, answer.length, answer.lr.length, answer.lr[5], answer.lr[50]], [50, 50, 51, 0.1, 0]);
  assert.equal(answer.code, answer.snippets.keras);
  assert.match(answer.code, /CosineDecay\([^]*warmup_target=0\.1/);
  const refuse = (text) => problem(server.get(`/api/v1/schedule?${text}`), 422);
  assert.match((await refuse(`${query}&T_max=3`)).detail, /"T_max" beside "spec"/);
  assert.equal((await refuse('spec={}')).field, 'type');
  assert.equal((await refuse(`spec=${encodeURIComponent('{"type":"CosineAnnealingLR","base_lr":0.1,"max_T":3}')}`)).field, 'max_T');
  const cut = await problem(server.get('/api/v1/schedule?spec={'), 400);
  assert.deepEqual([cut.field, /^spec: line 1/.test(cut.detail)], ['spec', true], cut.detail);
  assert.equal((await refuse('type=constant&base_lr=1&framework=jax')).field, 'framework');
  assert.equal((await refuse('type=constant&base_lr=1&points=3')).field, 'points');
  assert.equal((await refuse('type=constant&base_lr=1&base_lr=2')).code, 'duplicate_parameter');
  assert.equal((await refuse('type=OneCycleLR&max_lr=1')).code, 'missing_field');
});

test('a million steps in a thousand points: the ends and both sides of each jump', async (t) => {
  const server = await serverFor(t);
  const text = async (query) => (await server.get(`/api/v1/schedule?${query}`)).text();
  const query = 'type=MultiStepLR&base_lr=1&gamma=0.5&milestones=1234,500000,999999&steps=1000000';
  const thin = JSON.parse(await text(`${query}&points=1000`));
  assert.deepEqual(thin.step, [0, 1233, 1234, 499999, 500000, 999998, 999999, 1000000]);
  assert.deepEqual(thin.lr, [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]);
  const cosine = await text('type=CosineAnnealingLR&base_lr=0.1&T_max=1000000&points=1000');
  assert.ok(cosine.length < 60_000, `${cosine.length} bytes`);
  const {step, lr} = JSON.parse(cosine);
  assert.ok(step.length <= 1000 && step[0] === 0 && step.at(-1) === 1000000);
  for (let i = 1; i < step.length; i++) {
    const middle = (step[i - 1] + step[i]) / 2, line = (lr[i - 1] + lr[i]) / 2;
    assert.ok(Math.abs(line - 0.05 * (1 + Math.cos(Math.PI * middle / 1e6))) < 1e-5, `at ${middle}`);
  }
});

test('a long curve that nobody asked to thin has 20,000 points at most', async (t) => {
  const server = await serverFor(t);
  for (const [query, count] of [['steps=19999', 20000], ['steps=20000', null], ['steps=1000000', null], ['steps=100&until=1000000', null]]) {
    const text = await (await server.get(`/api/v1/schedule?type=CosineAnnealingLR&base_lr=0.1&T_max=1000&${query}`)).text();
    const {step} = JSON.parse(text);
    if (count) assert.equal(step.length, count, query);
    else assert.ok(step.length <= 20000 && step.length > 1000, `${query}: ${step.length}`);
    assert.ok(text.length < 1_000_000, `${query}: ${text.length} bytes`);
  }
  const {paths} = await body(server.get('/api/v1/openapi.json'));
  for (const path of ['/api/v1/schedule', '/api/v1/plan']) assert.match(paths[path].get.summary, /at most 20000 points/);
  assert.ok(paths['/api/v1/schedule'].get.parameters.some(({name}) => name === 'until'));
});

test('the area below a curve, held against a constant rate', async (t) => {
  const server = await serverFor(t);
  const {area} = await curve(server, 'type=CosineAnnealingLR&base_lr=0.1&T_max=10&steps=10');
  assert.ok(Math.abs(area.sum - 0.55) < 1e-12 && area.constant === 1 && Math.abs(area.ratio - 0.55) < 1e-12, JSON.stringify(area));
  assert.deepEqual((await curve(server, 'type=constant&base_lr=0.25&steps=8')).area, {sum: 2, constant: 2, ratio: 1});
});

test('a plan weighs other schedules for as many epochs', async (t) => {
  const server = await serverFor(t);
  const plan = await body(server.get('/api/v1/plan?epochs=100&cycles=3&base_lr=0.1&eta_min=0.001&warmup=10&steps_per_epoch=391&framework=huggingface'));
  const last = (spec) => spec.schedulers?.at(-1) ?? spec;
  assert.deepEqual(plan.alternatives.map(({spec}) => last(spec).type),
    ['CosineAnnealingLR', 'CosineAnnealingWarmRestarts', 'OneCycleLR', 'warmup_stable_decay', 'LinearLR']);
  const [fall, growing, cycle, stable, line] = plan.alternatives;
  assert.deepEqual([last(fall.spec).T_max, last(growing.spec).T_0, last(growing.spec).T_mult, last(cycle.spec).total_steps], [90, 13, 2, 100]);
  assert.deepEqual([last(stable.spec).num_stable_steps, last(stable.spec).num_decay_steps, last(line.spec).total_iters], [72, 18, 90]);
  for (const {spec, lr, area, notes} of plan.alternatives) {
    assert.equal(lr.length, plan.step.length);
    assert.ok(lr.every((value) => value > 0 && value <= 0.1 + 1e-15) && area.ratio > 0.4 && area.ratio < 0.9, JSON.stringify(spec));
    assert.ok(notes[0].length > 40);
    const again = await curve(server, `spec=${encodeURIComponent(JSON.stringify(spec))}&steps=100`);
    assert.deepEqual([again.lr, again.area], [lr, area]);
  }
  assert.deepEqual([fall, line].map(({lr}) => Math.abs(lr[100] - 0.001) < 1e-12), [true, true], 'down to eta_min');
  assert.ok(plan.area.ratio > plan.plain.area.ratio - 0.2);
  assert.match(plan.code, /^import torch\nimport transformers\n[^]*steps_per_epoch = 391\n/);
  assert.equal(plan.code, plan.snippets.huggingface);
});

test('50 epochs, 2 cycles: T_max is 25, and what each scheduler does after it', async (t) => {
  const server = await serverFor(t);
  const plan = await body(server.get('/api/v1/plan?epochs=50&cycles=2&base_lr=0.1&eta_min=0'));
  assert.equal(plan.T_max, 25);
  assert.equal(plan.spec.type, 'CosineAnnealingWarmRestarts');
  assert.equal(plan.spec.T_0, 25);
  assert.equal(plan.lr[25], 0.1, 'restarts');
  assert.ok(plan.lr[49] < 0.001, 'and falls again');
  assert.equal(plan.plain.spec.T_max, 25);
  assert.equal(plan.plain.lr[25], 0);
  assert.ok(Math.abs(plan.plain.lr[50] - 0.1) < 1e-12, 'plain cosine climbs back');
  assert.ok(plan.notes.some((note) => /climb/i.test(note)), String(plan.notes));
  assert.match(plan.code, /CosineAnnealingWarmRestarts/);
});

test('falls that cannot be seen leave room for those that can', async (t) => {
  const server = await serverFor(t);
  const {step, lr} = await curve(server, 'type=StepLR&base_lr=0.1&step_size=30&steps=1000&points=50');
  assert.ok(step.length <= 50);
  for (const fall of [30, 60]) {
    const at = step.indexOf(fall - 1);
    assert.ok(at >= 0 && step[at + 1] === fall, `both sides of the fall at ${fall}: ${step}`);
    assert.ok(lr[at] > 5 * lr[at + 1]);
  }
});

test('a plan refused names the parameter', async (t) => {
  const server = await serverFor(t);
  for (const [query, field] of [['', 'epochs'], ['epochs=0', 'epochs'], ['epochs=10&cycles=11', 'cycles'], ['epochs=10&warmup=10', 'warmup'],
    ['epochs=10&base_lr=0', 'base_lr'], ['epochs=10&base_lr=0.1&eta_min=0.2', 'eta_min'], ['epochs=ten', 'epochs']]) {
    assert.equal((await problem(server.get(`/api/v1/plan?${query}`), 422)).field, field, query);
  }
});

test('a run that follows its schedule', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', {id: 'r', epochs: 30, schedule: {...cosine, T_max: 30}}), 201);
  await server.postEpochs('r', goodRun(20));
  const answer = await body(server.get('/api/v1/runs/r/schedule'));
  assert.equal(answer.source, 'declared');
  assert.deepEqual([answer.step[0], answer.step.at(-1)], [1, 30]);
  assert.equal(answer.observed.points, 20);
  await server.postEpochs('s', goodRun(30));
  const fitted = await body(server.get('/api/v1/runs/s/schedule'));
  assert.equal(fitted.source, 'fitted');
  assert.equal(fitted.spec.type, 'CosineAnnealingLR');
  assert.ok(fitted.observed.max_relative < 0.01);
  await server.postEpochs('none', [{epoch: 1, loss: 1}]);
  assert.deepEqual(await body(server.get('/api/v1/runs/none/schedule')), {
    source: 'none', spec: null, step: [], lr: [], observed: null, notes: [], code: '',
  });
  await problem(server.get('/api/v1/runs/nobody/schedule'), 404, 'run_not_found');
});

test('a log that holds the next LR matches: the reference is drawn as it is logged', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', {id: 'r', epochs: 30, schedule: {...cosine, T_max: 30}}), 201);
  const {lr} = await curve(server, 'type=CosineAnnealingLR&base_lr=0.1&T_max=30&steps=31');
  const records = goodRun(30).map((row, i) => ({...row, lr: lr[i + 1]}));
  await server.postEpochs('r', records);
  const answer = await body(server.get('/api/v1/runs/r/schedule'));
  assert.equal(answer.observed.shift, 1);
  assert.equal(answer.observed.logged, 'one epoch late (or the scheduler was stepped once before the first epoch)');
  assert.equal(answer.observed.leaves_at, null);
  answer.lr.forEach((value, i) => assert.ok(Math.abs(value - records[i].lr) < 1e-12, `epoch ${i + 1}`));
  const {findings, checks} = await body(server.get('/api/v1/runs/r/findings'));
  assert.deepEqual(findings.filter((f) => f.rule.startsWith('lr_')), []);
  const check = checks.find((c) => c.check === 'lr_follows_schedule');
  assert.equal(check.status, 'pass');
  assert.match(check.because, /logged one epoch late \(or the scheduler was stepped once/);
});

test('ReduceLROnPlateau is drawn as the losses make it', async (t) => {
  const server = await serverFor(t);
  const schedule = {type: 'ReduceLROnPlateau', base_lr: 0.1, factor: 0.5, patience: 2};
  await body(server.post('/api/v1/runs', {id: 'r', schedule}), 201);
  await server.postEpochs('r', [1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9].map((val_loss, i) => ({epoch: i + 1, val_loss, lr: i < 5 ? 0.1 : 0.05})));
  const answer = await body(server.get('/api/v1/runs/r/schedule'));
  assert.deepEqual(answer.lr, [0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05]);
  assert.equal(answer.observed.leaves_at, null);
  await body(server.post('/api/v1/runs', {id: 's', schedule}), 201);
  await server.postEpochs('s', [1, 2, 3, 4, 5].map((epoch) => ({epoch, lr: epoch < 4 ? 0.1 : 0.05})));
  const unwatched = await body(server.get('/api/v1/runs/s/schedule'));
  assert.deepEqual([unwatched.lr, unwatched.observed], [[], null]);
  assert.match(unwatched.notes[0], /no curve of its own/);
});

test('T_max=5 over 10 epochs is valid, climbs, and is told', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', {id: 'r', epochs: 10, status: 'finished', schedule: {...cosine, T_max: 5}}), 201);
  const {lr} = await curve(server, 'type=CosineAnnealingLR&base_lr=0.1&T_max=5&steps=10');
  assert.ok(Math.abs(lr[10] - 0.1) < 1e-15);
  await server.postEpochs('r', goodRun(10).map((row, i) => ({...row, lr: lr[i]})));
  const {findings} = await body(server.get('/api/v1/runs/r/findings'));
  const climbs = findings.find((f) => f.rule === 'lr_climbs_back');
  assert.ok(climbs, JSON.stringify(findings.map((f) => f.rule)));
  assert.match(climbs.message + climbs.advice, /WarmRestarts|restart/i);
});
