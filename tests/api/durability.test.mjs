// A 2xx means on disk; one server per database; a stop loses nothing.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {binary, start, temporaryFolder} from '../support/epochd.mjs';
import {body, serverFor} from './support.mjs';

const ROUNDS = 20, CLIENTS = 4;

// Posts epochs one by one until the server is gone. Returns the last that was sent and the
// last that was acknowledged.
async function postUntilGone(server, run, first) {
  let acked = first - 1, epoch = first;
  try {
    for (;; epoch++) {
      const answer = await server.post(`/api/v1/runs/${run}/epochs`, {epoch, loss: epoch / 7});
      await answer.text();
      if (!answer.ok) break;
      acked = epoch;
    }
  } catch { /* the connection broke: this epoch may be stored or not */ }
  return {acked, sent: epoch};
}

test(`kill -9 under load, ${ROUNDS} rounds: what was acknowledged is there, nothing is made up`, async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  let clients = Array.from({length: CLIENTS}, (_, i) => ({run: `r${i}`, acked: -1, sent: -1}));
  for (let round = 0; round < ROUNDS; round++) {
    const server = await start({folder: folder.path});
    const load = clients.map((c) => postUntilGone(server, c.run, c.sent + 1));
    // Killed when the first run has a few more acknowledged epochs than before, in another
    // place of the commit each round.
    const stream = await fetch(`${server.url}/api/v1/events?run=r${round % CLIENTS}`);
    const reader = stream.body.getReader();
    for (let reads = 0; reads < 2 + (round % 5); reads++) await reader.read();
    await server.stop('SIGKILL');
    reader.cancel().catch(() => {});
    const ends = await Promise.all(load);
    clients = clients.map((c, i) => ({run: c.run, ...ends[i]}));

    const check = await start({folder: folder.path});
    for (const {run, acked, sent} of clients) {
      const answer = await check.get(`/api/v1/runs/${run}/epochs`);
      const rows = answer.status === 404 ? [] : (await body(answer)).epochs;
      const stored = new Map(rows.map((r) => [r.epoch, r.loss]));
      assert.equal(rows.length, stored.size, 'no epoch twice');
      for (const [epoch, loss] of stored) {
        assert.ok(epoch <= sent, `${run} ${epoch} was never sent`);
        assert.equal(loss, epoch / 7);
      }
      for (let epoch = 0; epoch <= acked; epoch++) {
        // An epoch that was sent but not acknowledged in an earlier round may be missing.
        if (!stored.has(epoch)) assert.ok(folder.lost?.has(`${run}/${epoch}`), `${run} ${epoch} was acknowledged and is lost`);
      }
      if (!stored.has(sent)) (folder.lost ??= new Set()).add(`${run}/${sent}`);
    }
    await check.stop();
  }
});

test('SIGTERM under load: exit 0, and every acknowledged epoch is there', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const server = await start({folder: folder.path});
  const load = Array.from({length: CLIENTS}, (_, i) => postUntilGone(server, `r${i}`, 0));
  const stream = await fetch(`${server.url}/api/v1/events`);
  const reader = stream.body.getReader();
  for (let reads = 0; reads < 5; reads++) await reader.read();
  assert.deepEqual(await server.stop('SIGTERM'), {code: 0, signal: null});
  const ends = await Promise.all(load);
  const check = await start({folder: folder.path});
  t.after(() => check.stop());
  for (const [i, {acked}] of ends.entries()) {
    const rows = (await body(check.get(`/api/v1/runs/r${i}/epochs?to=${Math.max(acked, 0)}`))).epochs;
    assert.equal(rows.length, acked + 1);
  }
});

test('a second server on the same database refuses, and says which holds it', async (t) => {
  const server = await serverFor(t);
  const second = spawnSync(binary, ['serve', '--db', join(server.folder, 't.db'), '--listen', '127.0.0.1:0'], {timeout: 20000});
  assert.equal(second.status, 3);
  assert.match(second.stderr.toString(), new RegExp(String(server.pid)));
  await body(server.get('/healthz'));
});

test('a port in use, a file that is no database: exit 3 with a sentence', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((done) => other.once('listening', done));
  const run = (...args) => spawnSync(binary, ['serve', ...args], {cwd: folder.path, timeout: 20000});
  const busy = run('--listen', `127.0.0.1:${other.address().port}`);
  assert.equal(busy.status, 3);
  assert.match(busy.stderr.toString(), new RegExp(String(other.address().port)));
  writeFileSync(join(folder.path, 'text.db'), 'this is no database, but it is long enough to look at'.repeat(100));
  const text = run('--listen', '127.0.0.1:0', '--db', 'text.db');
  assert.equal(text.status, 3);
  assert.match(text.stderr.toString(), /database/);
});

const usages = [
  ['an address without a port', ['--listen', '127.0.0.1'], /HOST:PORT/],
  ['a port that is none', ['--listen', '127.0.0.1:70000'], /HOST:PORT/],
  ['IPv6 without brackets', ['--listen', '::1:6280'], /\[::1\]/],
  ['the whole network without saying so', ['--listen', '0.0.0.0:0'], /--allow-anonymous/],
  ['a name that begins like an address of this machine', ['--listen', '127.evil:0'], /HOST:PORT/],
  ['an address with too few parts', ['--listen', '127.1:0'], /HOST:PORT/],
  ['an unknown option', ['--lisen', 'x'], /did you mean --listen/],
  ['an unknown log level', ['--log-level', 'loud'], /debug, info/],
  ['further words', ['file.csv'], /file\.csv/],
];
for (const [name, args, text] of usages) {
  test(`serve refuses: ${name}`, () => {
    const run = spawnSync(binary, ['serve', ...args], {timeout: 20000});
    assert.equal(run.status, 2);
    assert.match(run.stderr.toString(), text);
  });
}

test('IPv6 works, and so does the network when it is meant', async (t) => {
  const six = await serverFor(t, {listen: '[::1]:0'});
  assert.match(six.url, /^http:\/\/\[::1\]:\d+$/);
  assert.equal((await body(six.get('/healthz'))).status, 'ok');
  const open = await serverFor(t, {listen: '0.0.0.0:0', args: ['--allow-anonymous']});
  const local = open.url.replace('0.0.0.0', '127.0.0.1');
  assert.equal((await body(fetch(`${local}/healthz`))).status, 'ok');
});

test('a full disk: 507 with a sentence, what was acknowledged stays, the server lives on', async (t) => {
  const server = await start({through: ['sh', '-c', 'ulimit -f 600; exec "$@"', 'sh']});
  t.after(() => server.stop());
  const post = (first) => server.post('/api/v1/runs/r/epochs',
    Array.from({length: 500}, (_, i) => ({epoch: first + i, train_loss: (first + i) / 7, val_loss: (first + i) / 3})));
  let acked = 0, answer;
  while ((answer = await post(acked)).status === 200) {
    await answer.text();
    acked += 500;
    assert.ok(acked < 100_000, 'the limit is not in force');
  }
  assert.equal(answer.status, 507);
  const problem = await answer.json();
  assert.equal(problem.code, 'disk_full');
  assert.match(problem.detail, /nothing of this was stored/);
  assert.ok(acked > 0);
  assert.equal((await server.get('/healthz')).status, 200);
  const {epochs} = await body(await server.get('/api/v1/runs/r/epochs'));
  assert.equal(epochs.length, acked);
  assert.ok(epochs.every((row) => row.train_loss === row.epoch / 7));
});

test('a run that is purged while its table is sent: the connection is cut, no half table looks whole', async (t) => {
  const server = await start();
  t.after(() => server.stop());
  const lines = ['epoch,a,b,c'];
  for (let epoch = 0; epoch < 400_000; epoch++) lines.push(`${epoch},${epoch}.5,1,2`);
  assert.equal((await server.post('/api/v1/runs/r/epochs', lines.join('\n'), 'text/csv')).status, 200);
  const answer = await server.get('/api/v1/runs/r/epochs?format=ndjson');
  const reader = answer.body.getReader();
  await reader.read();
  assert.equal((await server.del('/api/v1/runs/r?purge=true')).status, 204);
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  });
});

test('a report that cannot be written is no success', () => {
  const run = spawnSync('sh', ['-c', `"${binary}" schedule --type StepLR --base_lr 1 --step_size 3 --steps 9 > /dev/full`], {encoding: 'utf8'});
  assert.equal(run.status, 3);
  assert.match(run.stderr, /cannot write the output/);
});
