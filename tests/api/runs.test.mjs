// Runs: create, read, change, list, trash.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {body, goodRun, problem, serverFor} from './support.mjs';

const runs = '/api/v1/runs';
const full = {
  id: 'resnet-1', name: 'ResNet 50', project: 'cifar', epochs: 50,
  config: {batch_size: 64, lr: 0.1}, tags: {seed: 3}, note: 'two\nlines',
  schedule: {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: 50, eta_min: 0},
  baseline: 'base', roles: {val_metric: 'top1'}, status: 'running',
};

test('a run with every field comes back as it was sent', async (t) => {
  const server = await serverFor(t);
  const answer = await server.post(runs, full);
  assert.equal(answer.headers.get('location'), '/api/v1/runs/resnet-1');
  const run = await body(answer, 201);
  for (const key of Object.keys(full).filter((k) => !['schedule', 'roles'].includes(k))) {
    assert.deepEqual(run[key], full[key], key);
  }
  assert.deepEqual(run.schedule, {...full.schedule, unit: 'epoch'});
  assert.equal(run.roles.val_metric, 'top1');
  assert.equal(run.last_step, null);
  assert.match(run.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(await body(server.get(`${runs}/resnet-1`)), run);
});

test('no digit of a configuration is lost', async (t) => {
  const server = await serverFor(t);
  await body(server.post(runs, '{"id":"r","config":{"seed": 12345678901234567890,\n"wd": 1.50e-4}}'), 201);
  const text = await (await server.get(`${runs}/r`)).text();
  assert.match(text, /"config":\{"seed": 12345678901234567890, "wd": 1\.50e-4\}/);
});

test('without an id one is made', async (t) => {
  const server = await serverFor(t);
  const one = await body(server.post(runs, {}), 201);
  const two = await body(server.post(runs, {}), 201);
  assert.match(one.id, /^[\w.-]{1,128}$/);
  assert.notEqual(one.id, two.id);
  assert.equal(one.name, one.id);
});

test('an id that exists is a conflict, in the trash too', async (t) => {
  const server = await serverFor(t);
  await body(server.post(runs, {id: 'r'}), 201);
  await problem(server.post(runs, {id: 'r'}), 409, 'run_exists');
  await body(server.del(`${runs}/r`), 204);
  const found = await problem(server.post(runs, {id: 'r'}), 409, 'run_exists');
  assert.match(found.detail, /trash/);
});

test('PATCH changes fields, null clears them', async (t) => {
  const server = await serverFor(t);
  await body(server.post(runs, full), 201);
  const changed = await body(server.patch(`${runs}/resnet-1`, {name: 'new', status: 'finished', epochs: 60}));
  assert.deepEqual([changed.name, changed.status, changed.epochs, changed.project], ['new', 'finished', 60, 'cifar']);
  const cleared = await body(server.patch(`${runs}/resnet-1`, {
    name: null, project: null, epochs: null, config: null, tags: null, note: null, schedule: null, baseline: null, roles: null,
  }));
  assert.deepEqual(
    [cleared.name, cleared.project, cleared.epochs, cleared.config, cleared.tags, cleared.note, cleared.schedule, cleared.baseline, cleared.roles.val_metric],
    ['resnet-1', null, null, null, null, '', null, null, null]);
  await problem(server.patch(`${runs}/none`, {name: 'x'}), 404, 'run_not_found');
});

const refused = [
  ['an unknown field', {nam: 'x'}, 'unknown_field', 'nam', /did you mean "name"/],
  ['an unknown role', {roles: {val_los: 'x'}}, 'unknown_field', 'val_los', /did you mean "val_loss"/],
  ['a name that is a number', {name: 3}, 'bad_type', 'name', /text, not a number/],
  ['a config that is an array', {config: []}, 'bad_type', 'config', /object, not an array/],
  ['epochs of zero', {epochs: 0}, 'out_of_range', 'epochs', /at least 1/],
  ['epochs of one and a half', {epochs: 1.5}, 'out_of_range', 'epochs', /whole/],
  ['an unknown status', {status: 'done'}, 'out_of_range', 'status', /finished/],
  ['a baseline that is no run id', {baseline: '../x'}, 'bad_run_id', 'baseline', /run id/],
  ['an id that is no run id', {id: 'a b'}, 'bad_run_id', 'id', /run id/],
  ['a name with control characters', {name: 'a\u0007b'}, 'out_of_range', 'name', /control/],
  ['a name that is too long', {name: 'x'.repeat(257)}, 'out_of_range', 'name', /too long/],
];
for (const [name, fields, code, field, detail] of refused) {
  test(`refused: ${name}`, async (t) => {
    const server = await serverFor(t);
    const found = await problem(server.post(runs, fields), 422, code);
    assert.equal(found.field, field);
    assert.match(found.detail, detail);
  });
}

test('a run is an object, within a mebibyte, in JSON', async (t) => {
  const server = await serverFor(t);
  await problem(server.post(runs, '[]'), 422, 'bad_type');
  await problem(server.post(runs, '{"id":"a"'), 400, 'bad_json');
  await problem(server.post(runs, '{"id":"a","id":"b"}'), 400, 'duplicate_key');
  await problem(server.post(runs, {note: 'x'.repeat(1 << 20)}), 413, 'body_too_large');
  await problem(server.post(runs, 'id,name\na,b\n', 'text/csv'), 415, 'unsupported_media_type');
  await problem(server.patch(`${runs}/a`, {id: 'b'}), 422, 'unknown_field');
});

test('roles are found from the usual names, declared ones win', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, 'train/loss': 1, eval_loss: 2, learning_rate: 0.1, top1: 0.5, other: 3}]);
  const found = await body(server.get(`${runs}/r`));
  assert.deepEqual(found.roles, {
    train_loss: 'train/loss', val_loss: 'eval_loss', lr: 'learning_rate', train_metric: null, val_metric: found.roles.val_metric,
  });
  assert.deepEqual(found.last.train_loss, 1);
  const declared = await body(server.patch(`${runs}/r`, {roles: {val_loss: 'other'}}));
  assert.equal(declared.roles.val_loss, 'other');
  assert.equal(declared.last.val_loss, 3);
});

test('last, best and the figures of each metric', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [
    {epoch: 1, val_loss: 3, val_accuracy: 0.5}, {epoch: 2, val_loss: 1, val_accuracy: 0.9}, {epoch: 3, val_loss: 2, val_accuracy: 0.8},
  ]);
  await body(server.post(`${runs}/r/epochs`, '{"epoch":4,"val_loss":NaN}'));
  const run = await body(server.get(`${runs}/r`));
  assert.deepEqual(run.best, {val_loss: {value: 1, step: 2}, val_metric: {value: 0.9, step: 2}});
  assert.deepEqual(run.last, {val_loss: 'NaN', val_metric: 0.8});
  assert.deepEqual(run.metrics[0], {
    name: 'val_loss', count: 4, nonfinite: 1, min: 1, max: 3, last: 'NaN', min_step: 2, max_step: 1, first_step: 1, last_step: 4,
  });
  assert.equal(run.last_step, 4);
});

test('the list: pages, order, search, filters', async (t) => {
  const server = await serverFor(t);
  for (let i = 0; i < 5; i++) {
    await body(server.post(runs, {id: `run-${i}`, name: `Name ${4 - i}`, project: i % 2 ? 'odd' : 'even', status: i === 2 ? 'failed' : 'running'}), 201);
  }
  const ids = async (query) => (await body(server.get(runs + query))).runs.map((r) => r.id);
  assert.deepEqual(await ids('?sort=created'), ['run-0', 'run-1', 'run-2', 'run-3', 'run-4']);
  assert.deepEqual(await ids(''), ['run-4', 'run-3', 'run-2', 'run-1', 'run-0']);
  assert.deepEqual(await ids('?sort=name'), ['run-4', 'run-3', 'run-2', 'run-1', 'run-0']);
  assert.deepEqual(await ids('?project=odd&sort=created'), ['run-1', 'run-3']);
  assert.deepEqual(await ids('?status=failed'), ['run-2']);
  assert.deepEqual(await ids('?q=NAME%204'), ['run-0']);
  const seen = [];
  let cursor = '';
  do {
    const page = await body(server.get(`${runs}?limit=2&sort=created${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
    assert.equal(page.total, 5);
    seen.push(...page.runs.map((r) => r.id));
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(seen, ['run-0', 'run-1', 'run-2', 'run-3', 'run-4']);
});

test('the list: wrong parameters are named', async (t) => {
  const server = await serverFor(t);
  for (const [query, field] of [['limit=0', 'limit'], ['limit=1001', 'limit'], ['sort=age', 'sort'], ['status=done', 'status'], ['trash=maybe', 'trash']]) {
    assert.equal((await problem(server.get(`${runs}?${query}`), 422)).field, field);
  }
  await problem(server.get(`${runs}?cursor=nonsense`), 422, 'bad_cursor');
  assert.match((await problem(server.get(`${runs}?projct=x`), 422, 'unknown_parameter')).detail, /did you mean "project"/);
});

test('trash, restore, purge', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', goodRun(5));
  await body(server.del(`${runs}/r`), 204);
  await problem(server.get(`${runs}/r`), 404, 'run_not_found');
  await problem(server.post(`${runs}/r/epochs`, {epoch: 9, a: 1}), 409, 'run_in_trash');
  assert.equal((await body(server.get(runs))).total, 0);
  assert.equal((await body(server.get(`${runs}?trash=true`))).runs[0].id, 'r');
  assert.equal((await body(server.post(`${runs}/r/restore`))).id, 'r');
  assert.equal((await body(server.get(`${runs}/r/epochs`))).epochs.length, 5);
  await body(server.del(`${runs}/r?purge=true`), 204);
  await problem(server.post(`${runs}/r/restore`), 404, 'run_not_found');
  assert.equal((await server.postEpochs('r', [{epoch: 1, a: 1}])).created, true);
  assert.equal((await body(server.get(`${runs}/r/epochs`))).epochs.length, 1);
});

test('a wrong method names the right ones', async (t) => {
  const server = await serverFor(t);
  const answer = await server.put(runs, {});
  assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
  await problem(answer, 405, 'method_not_allowed');
});
