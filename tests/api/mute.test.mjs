// A person mutes a rule on a run; when findings came and went is kept.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {body, goodRun, problem, serverFor} from './support.mjs';

const N = 40;
const overfit = goodRun(N).map((row, i) => ({...row, val_loss: i < 10 ? 2 - i * 0.1 : 1 + (i - 10) * 0.04}));
const findings = (server, id = 'r') => body(server.get(`/api/v1/runs/${id}/findings`));
const rules = (found) => found.findings.map((f) => f.rule);
const mute = (server, rule, reason, id = 'r') =>
  server.put(`/api/v1/runs/${id}/findings/${rule}/mute`, reason === undefined ? undefined : {reason});

test('a muted rule no longer counts, its reason is told, and it can speak again', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', overfit);
  const before = await findings(server);
  assert.equal(before.verdict, 'bad');
  assert.ok(rules(before).includes('overfitting'));
  assert.deepEqual(before.muted, []);

  const {id} = await body(mute(server, 'overfitting', 'the validation set is too small'));
  assert.equal(id, 'r');
  const after = await findings(server);
  assert.ok(!rules(after).includes('overfitting'), rules(after).join());
  assert.equal(after.verdict, 'good', 'neither the finding nor the checks of its curve count');
  assert.equal(after.checks.find((c) => c.check === 'val_loss_not_rising').status, 'fail', 'but they are still told');
  assert.equal(after.muted.length, 1);
  const {rule, reason, muted_at: at, message} = after.muted[0];
  assert.deepEqual([rule, reason], ['overfitting', 'the validation set is too small']);
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
  assert.match(message, /validation loss/i);

  // the job is no longer told either, and the list of runs counts without it
  const answer = await server.postEpochs('r', [{...overfit[N - 1], epoch: N + 1}]);
  assert.ok(!answer.findings.some((f) => f.rule === 'overfitting'));
  await body(server.patch('/api/v1/runs/r', {note: 'written after the verdict'}));
  const {runs} = await body(server.get('/api/v1/runs'));
  assert.equal(runs[0].findings.error, 0);

  await body(server.del('/api/v1/runs/r/findings/overfitting/mute'));
  await body(server.del('/api/v1/runs/r/findings/overfitting/mute'));
  const again = await findings(server);
  assert.ok(rules(again).includes('overfitting'));
  assert.equal(again.verdict, 'bad');
});

test('a mute holds on its run alone, and without a reason', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', overfit);
  await server.postEpochs('other', overfit);
  await body(mute(server, 'overfitting'));
  assert.deepEqual((await findings(server)).muted.map((m) => m.reason), ['']);
  assert.ok(rules(await findings(server, 'other')).includes('overfitting'));
});

test('a mute that cannot be is refused with what to do', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', overfit);
  const unknown = await problem(mute(server, 'overfiting', 'x'), 404, 'rule_not_found');
  assert.match(unknown.detail, /did you mean "overfitting"/);
  await problem(mute(server, 'overfitting', 'x', 'nobody'), 404, 'run_not_found');
  await problem(mute(server, 'overfitting', 7), 422, 'bad_type');
  await problem(mute(server, 'overfitting', 'two\nlines'), 422, 'out_of_range');
  await problem(mute(server, 'overfitting', 'x'.repeat(501)), 422, 'out_of_range');
  await problem(server.put('/api/v1/runs/r/findings/overfitting/mute', {because: 'x'}), 422, 'unknown_field');
  await problem(server.put('/api/v1/runs/r/findings/overfitting/mute', [1]), 422, 'bad_type');
  assert.deepEqual((await findings(server)).muted, []);
});

test('the history tells when each finding came and went', async (t) => {
  const server = await serverFor(t);
  const post = async (records) => {
    await server.postEpochs('r', records);
    // the answer follows the diagnosis, and what that found is written before this change
    await body(server.patch('/api/v1/runs/r', {note: String(records.length)}));
    return (await findings(server)).history;
  };
  assert.deepEqual(await post(overfit.slice(0, 3)), []);
  const opened = (await post(overfit.slice(3))).find((f) => f.rule === 'overfitting');
  assert.equal(opened.metric, 'val_loss');
  assert.equal(opened.severity, 'error');
  assert.equal(opened.opened_step, N);
  assert.deepEqual([opened.closed_step, opened.closed_at], [null, null]);
  assert.ok(Math.abs(Date.parse(opened.opened_at) - Date.now()) < 60_000);

  // epochs sent again with a loss that falls: the finding goes
  const closed = (await post(goodRun(N + 2))).find((f) => f.rule === 'overfitting');
  assert.equal(closed.closed_step, N + 2);
  assert.ok(Date.parse(closed.closed_at) >= Date.parse(closed.opened_at));
});
