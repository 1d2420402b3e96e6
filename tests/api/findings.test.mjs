// What good and what bad looks like: each line of the two lists has a run that shows it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {body, goodRun, problem, serverFor} from './support.mjs';

const N = 50;
const rows = (change) => goodRun(N).map((row, i) => ({...row, ...change(row, i)}));
const declared = {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: N, eta_min: 0};

// The diagnosis of a finished run made of these records.
async function diagnose(server, records, fields = {}) {
  const {id} = await body(server.post('/api/v1/runs', {epochs: records.length, ...fields}), 201);
  await server.postEpochs(id, records);
  await body(server.patch(`/api/v1/runs/${id}`, {status: 'finished'}));
  return body(server.get(`/api/v1/runs/${id}/findings`));
}
const rules = (diagnosis) => diagnosis.findings.map((f) => f.rule);
const check = (diagnosis, name) => diagnosis.checks.find((c) => c.check === name).status;

test('good: smooth losses, the LR on its cosine, better than with a constant LR', async (t) => {
  const server = await serverFor(t);
  const worse = rows((row) => ({lr: 0.1, val_loss: row.val_loss + 0.3}));
  await body(server.post('/api/v1/runs', {id: 'base'}), 201);
  await server.postEpochs('base', worse);
  const found = await diagnose(server, goodRun(N), {schedule: declared, baseline: 'base'});
  assert.equal(found.verdict, 'good', JSON.stringify(found.findings));
  for (const {check: name, status, because} of found.checks) assert.equal(status, 'pass', `${name}: ${because}`);
  assert.equal(found.checked_to_step, N);
  assert.ok(found.rules_checked >= 15);
});

const jitter = (i, size) => size * (((i * 7919) % 101) / 50 - 1);
const bad = [
  ['a noisy loss', rows((row, i) => ({train_loss: row.train_loss + jitter(i, 0.8), val_loss: row.val_loss + jitter(i + 3, 0.8)})), 'noisy_loss'],
  ['an early rise of the validation loss', rows((row, i) => ({val_loss: i < 10 ? 2 - i * 0.1 : 1 + (i - 10) * 0.04})), 'overfitting'],
  ['an LR that never changes though a schedule was declared', rows(() => ({lr: 0.1})), 'lr_constant'],
  ['an LR that jumps', rows((row, i) => ({lr: i < 25 ? row.lr : row.lr + 0.06})), /lr_abrupt|lr_off_schedule/],
  ['a diverged loss', rows((row, i) => (i < 30 ? {} : {train_loss: NaN})), 'divergence'],
  ['validation better than training all along', rows((row) => ({val_loss: row.train_loss * 0.5})), 'leakage_suspected'],
];
for (const [name, records, rule] of bad) {
  test(`bad: ${name}`, async (t) => {
    const server = await serverFor(t);
    const {id} = await body(server.post('/api/v1/runs', {epochs: N, schedule: declared}), 201);
    const text = JSON.stringify(records).replaceAll('null', 'NaN');
    await body(server.post(`/api/v1/runs/${id}/epochs`, text));
    await body(server.patch(`/api/v1/runs/${id}`, {status: 'finished'}));
    const found = await body(server.get(`/api/v1/runs/${id}/findings`));
    assert.ok(rules(found).some((r) => r.match(rule)), `${rule}: ${rules(found)}`);
    assert.notEqual(found.verdict, 'good');
    const finding = found.findings.find((f) => f.rule.match(rule));
    assert.ok(finding.message && finding.advice && Object.keys(finding.evidence).length > 0);
    assert.ok(finding.from_step >= 1 && finding.to_step <= N && finding.from_step <= finding.to_step);
  });
}

const cosineAt = (t, T_max = N) => 0.05 * (1 + Math.cos((Math.PI * Math.max(0, t)) / T_max));
const causes = [
  ['another T_max', (i) => cosineAt(i, 40), 'other_length', 'T_max', {used: 40, declared: 50}],
  ['stepped per batch', (i) => cosineAt(37 * i), 'stepped_per_batch', null, {used: 37, declared: 1}],
  ['last_epoch lost', (i) => cosineAt(i < 30 ? i : i - 30), 'last_epoch_lost', null, {begins_at: 31}],
  ['never stepped', () => 0.1, 'never_stepped', null, {lr: 0.1}],
  ['for no known reason', (i) => 0.02 + 0.06 * ((i * i) % 7) / 7, null, null, {}],
];
for (const [name, lr, cause, param, evidence] of causes) {
  test(`the cause of an LR off its schedule: ${name}`, async (t) => {
    const server = await serverFor(t);
    const found = await diagnose(server, rows((row, i) => ({lr: lr(i)})), {schedule: declared});
    const finding = found.findings.find((f) => /^lr_(off_schedule|constant|abrupt)$/.test(f.rule));
    assert.deepEqual([finding.cause, finding.param], [cause, param], finding.message);
    for (const [key, value] of Object.entries(evidence)) assert.equal(finding.evidence[key], value, key);
  });
}

test('bad: a final accuracy worse than with a constant LR', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', {id: 'base'}), 201);
  await server.postEpochs('base', rows((row, i) => ({lr: 0.1, val_accuracy: 0.5 + 0.4 * (1 - Math.exp(-i / 10))})));
  const found = await diagnose(server, rows((row, i) => ({val_accuracy: 0.5 + 0.3 * (1 - Math.exp(-i / 10))})), {baseline: 'base'});
  assert.ok(rules(found).includes('worse_than_baseline'), String(rules(found)));
  assert.equal(check(found, 'better_than_constant_lr'), 'fail');
});

test('a difference that another seed alone could make is unknown', async (t) => {
  const server = await serverFor(t);
  const config = (seed) => ({lr: 0.1, optimizer: {name: 'sgd'}, seed});
  const accuracy = (level) => (row, i) => ({lr: 0.1, val_accuracy: 0.5 + level * (1 - Math.exp(-i / 10))});
  for (const [seed, level] of [[1, 0.4], [2, 0.36], [3, 0.44], [4, 0.39]]) {
    await body(server.post('/api/v1/runs', {id: `base-${seed}`, project: 'p', config: config(seed)}), 201);
    await server.postEpochs(`base-${seed}`, rows(accuracy(level)));
    await body(server.patch(`/api/v1/runs/base-${seed}`, {status: 'finished'}));
  }
  await body(server.post('/api/v1/runs', {id: 'other-lr', project: 'p', config: {...config(1), lr: 0.2}}), 201);
  await server.postEpochs('other-lr', rows((row, i) => ({lr: 0.2, val_accuracy: 0.1 + i / 1000})));
  const falls = (level) => rows((row, i) => ({val_accuracy: accuracy(level)(row, i).val_accuracy}));
  const within = await diagnose(server, falls(0.41), {id: 'within', project: 'p', baseline: 'base-1'});
  assert.equal(check(within, 'better_than_constant_lr'), 'unknown');
  assert.match(within.checks.at(-1).because, /4 seeds of the baseline/);
  assert.ok(!rules(within).includes('worse_than_baseline'));
  const beyond = await diagnose(server, falls(0.2), {id: 'beyond', project: 'p', baseline: 'base-1'});
  assert.equal(check(beyond, 'better_than_constant_lr'), 'fail');
  const {evidence} = beyond.findings.find((f) => f.rule === 'worse_than_baseline');
  assert.equal(evidence.baseline_seeds, 4);
});

test('bad: a good final accuracy over unstable curves', async (t) => {
  const server = await serverFor(t);
  const found = await diagnose(server, rows((row, i) => ({
    val_accuracy: 0.5 + 0.45 * (1 - Math.exp(-i / 10)),
    train_loss: row.train_loss + jitter(i, 0.8), val_loss: row.val_loss + jitter(i + 3, 0.8),
  })));
  assert.ok(rules(found).includes('unstable_but_accurate'), String(rules(found)));
});

test('bad: a cycle far longer than the run', async (t) => {
  const server = await serverFor(t);
  const records = goodRun(N).map((row, i) => ({...row, lr: 0.05 * (1 + Math.cos((Math.PI * i) / 200))}));
  const found = await diagnose(server, records, {schedule: {...declared, T_max: 200}});
  assert.ok(rules(found).includes('cycle_too_long'), String(rules(found)));
});

test('bad: cycles that are too short', async (t) => {
  const server = await serverFor(t);
  const schedule = {type: 'CosineAnnealingWarmRestarts', base_lr: 0.1, T_0: 5};
  const records = goodRun(N).map((row, i) => ({...row, lr: 0.05 * (1 + Math.cos((Math.PI * (i % 5)) / 5))}));
  const found = await diagnose(server, records, {schedule});
  assert.ok(rules(found).includes('cycle_too_short'), String(rules(found)));
});

test('is the scheduler working well? training falls, validation stays high', async (t) => {
  const server = await serverFor(t);
  const found = await diagnose(server, rows((row, i) => ({val_loss: 1.6 + 0.4 * Math.exp(-i / 3)})));
  const plateau = found.findings.find((f) => f.rule === 'validation_plateau');
  assert.ok(plateau, String(rules(found)));
  assert.match(plateau.message, /training/i);
  assert.match(plateau.advice, /regulari[sz]|data/i);
});

test('the example table shows as that table', async (t) => {
  const server = await serverFor(t);
  const records = [
    {epoch: 1, train_loss: 0.85, val_loss: 0.9, lr: 0.1}, {epoch: 2, train_loss: 0.7, val_loss: 0.75, lr: 0.095},
    {epoch: 3, train_loss: 0.6, val_loss: 0.65, lr: 0.09}, {epoch: 30, train_loss: 0.15, val_loss: 0.2, lr: 0.01},
  ];
  for (const record of records) await server.postEpochs('r', [record]);
  const table = await body(server.get('/api/v1/runs/r/epochs'));
  assert.deepEqual(table.columns, ['epoch', 'train_loss', 'val_loss', 'lr']);
  assert.deepEqual(table.epochs, records);
});

test('a young run is too early to judge', async (t) => {
  const server = await serverFor(t);
  const answer = await server.postEpochs('r', goodRun(3));
  assert.equal(answer.verdict, 'too_early');
});

test('a post answers with the findings that hold now, and the list shows them', async (t) => {
  const server = await serverFor(t);
  const records = goodRun(N).map((row) => JSON.stringify(row));
  for (const epoch of [51, 52, 53]) records.push(`{"epoch":${epoch},"train_loss":NaN,"val_loss":NaN,"lr":0}`);
  const answer = await body(server.post('/api/v1/runs/r/epochs', `[${records}]`));
  assert.equal(answer.verdict, 'bad');
  assert.ok(answer.findings.some((f) => f.rule === 'divergence' && f.severity === 'error'));
  assert.equal(answer.checks, undefined, 'the scorecard has an address of its own');
  // The list is written behind the answer: the next write of the same queue comes after it.
  await server.postEpochs('other', [{epoch: 1, a: 1}]);
  const run = (await body(server.get('/api/v1/runs?q=r&sort=name'))).runs.find((r) => r.id === 'r');
  assert.equal(run.verdict, 'bad');
  assert.ok(run.findings.error >= 1);
});

test('what is not logged cannot be judged, and that is said', async (t) => {
  const server = await serverFor(t);
  const found = await diagnose(server, Array.from({length: N}, (_, i) => ({epoch: i, train_loss: 1 / (i + 1)})));
  assert.ok(rules(found).includes('no_validation') && rules(found).includes('no_lr'), String(rules(found)));
  assert.ok(found.findings.filter((f) => f.rule.startsWith('no_')).every((f) => f.severity === 'info'));
  assert.equal(check(found, 'lr_follows_schedule'), 'unknown');
});

test('the rules and their findings use the same names', async (t) => {
  const server = await serverFor(t);
  const list = (await body(server.get('/api/v1/rules'))).rules;
  assert.equal(new Set(list.map((r) => r.rule)).size, list.length);
  for (const {rule, title, about} of list) assert.ok(/^[a-z_]+$/.test(rule) && title && about);
  const found = await diagnose(server, rows((row, i) => ({val_loss: i < 10 ? 2 - i * 0.1 : 1 + (i - 10) * 0.04})));
  for (const finding of found.findings) {
    const rule = list.find((r) => r.rule === finding.rule);
    assert.equal(finding.title, rule?.title);
  }
  assert.equal(found.rules_checked, list.length);
  await problem(server.get('/api/v1/runs/none/findings'), 404, 'run_not_found');
});
