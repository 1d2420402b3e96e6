// POST and GET /api/v1/runs/{run}/epochs: what is posted is stored, all or nothing, bit for bit.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {gzipSync} from 'node:zlib';
import {body, problem, randomDoubles, rawRequest, serverFor, value} from './support.mjs';

const curl = promisify(execFile);
const path = '/api/v1/runs/r/epochs';
const table = async (server, query = '') => (await body(server.get(path + query))).epochs;

test('one record creates the run', async (t) => {
  const server = await serverFor(t);
  const answer = await body(server.post(path, {epoch: 1, train_loss: 0.85, val_loss: 0.9, lr: 0.1}));
  assert.deepEqual(answer, {
    run: 'r', accepted: 1, created: true, verdict: 'too_early', checked_to_step: 1, findings: [],
  });
  assert.deepEqual(await body(server.get(path)), {
    run: 'r', x: 'epoch', columns: ['epoch', 'train_loss', 'val_loss', 'lr'],
    epochs: [{epoch: 1, train_loss: 0.85, val_loss: 0.9, lr: 0.1}],
  });
});

test('curl -d without a content type, as in the README', async (t) => {
  const server = await serverFor(t);
  const {stdout} = await curl('curl', ['-s', server.url + path, '-d', '{"epoch": 1, "train_loss": 0.85}']);
  assert.equal(JSON.parse(stdout).accepted, 1);
});

test('an array, NDJSON and CSV say the same', async (t) => {
  const server = await serverFor(t);
  const records = [{epoch: 1, train_loss: 0.85, val_loss: 0.9, lr: 0.1}, {epoch: 2, train_loss: 0.7, val_loss: 0.75, lr: 0.095}];
  const bodies = {
    array: [JSON.stringify(records), 'application/json'],
    ndjson: [records.map((r) => JSON.stringify(r)).join('\n'), 'application/x-ndjson'],
    jsonl: [records.map((r) => JSON.stringify(r)).join('\n') + '\n', 'application/jsonl'],
    csv: ['epoch,train_loss,val_loss,lr\n1,0.85,0.90,0.1\n2,0.70,0.75,0.095\n', 'text/csv'],
    charset: [JSON.stringify(records), 'application/json; charset=utf-8'],
  };
  for (const [run, [text, type]] of Object.entries(bodies)) {
    const answer = await body(server.post(`/api/v1/runs/${run}/epochs`, text, type));
    assert.equal(answer.accepted, 2, run);
    assert.deepEqual((await body(server.get(`/api/v1/runs/${run}/epochs`))).epochs, records, run);
  }
});

test('metrics names the columns: only rows that have one of them, in the order of the table', async (t) => {
  const server = await serverFor(t);
  await body(server.post(path, [{epoch: 1, train_loss: 0.5, lr: 0.1}, {epoch: 2, lr: 0.1, acc: 0.75}, {epoch: 3, train_loss: 0.25, acc: 0.875}]));
  const csv = await (await server.get(`${path}?format=csv&metrics=acc,train_loss`)).text();
  assert.deepEqual(csv.trim().split(/\r?\n/), ['epoch,train_loss,acc', '1,0.5,', '2,,0.75', '3,0.25,0.875']);
  assert.deepEqual(await table(server, '?metrics=train_loss'), [{epoch: 1, train_loss: 0.5}, {epoch: 3, train_loss: 0.25}]);
  assert.deepEqual(await table(server, '?metrics=unknown'), []);
});

test('2000 random doubles come back bit for bit', async (t) => {
  const server = await serverFor(t);
  const numbers = randomDoubles(2000);
  numbers.push(0, -0, 5e-324, -5e-324, Number.MAX_VALUE, Number.MIN_VALUE, 0.1, 1e21, 2 ** 53, 1 / 3);
  // JSON.stringify writes -0 as 0
  const text = `[${numbers.map((n, i) => `{"epoch":${i},"v":${Object.is(n, -0) ? '-0.0' : n}}`)}]`;
  await body(server.post(path, text));
  const back = await table(server);
  assert.equal(back.length, numbers.length);
  back.forEach((row, i) => assert.ok(Object.is(row.v, numbers[i]), `${numbers[i]} came back as ${row.v}`));
});

test('a large table is streamed in full, gaps and all', async (t) => {
  const server = await serverFor(t);
  const steps = [...Array(30000).keys(), 10 ** 9, 10 ** 9 + 1, 2 ** 53 - 1];
  await body(server.post(path, `step,a,b\n${steps.map((s) => `${s},${s / 7},${s % 10 ? '' : s}`).join('\n')}\n`, 'text/csv'));
  const rows = await table(server);
  assert.deepEqual(rows.map((r) => r.step), steps);
  rows.forEach((row) => {
    assert.equal(row.a, row.step / 7);
    assert.equal(row.b, row.step % 10 ? undefined : row.step);
  });
  const csv = await (await server.get(`${path}?format=csv&from=29998&to=1000000001`)).text();
  assert.deepEqual(csv.split('\r\n').map((l) => l.split(',')[0]), ['step', '29998', '29999', '1000000000', '1000000001', '']);
});

test('NaN and infinities are values, bare or as words, in every format', async (t) => {
  const server = await serverFor(t);
  await body(server.post(path, '[{"epoch":0,"v":NaN},{"epoch":1,"v":Infinity},{"epoch":2,"v":-Infinity}]'));
  await body(server.post(path, '[{"epoch":3,"v":"NaN"},{"epoch":4,"v":"Infinity"},{"epoch":5,"v":"-Infinity"}]'));
  await body(server.post(path, 'epoch,v\n6,nan\n7,inf\n8,-inf\n', 'text/csv'));
  const back = (await table(server)).map((row) => value(row.v));
  assert.deepEqual(back, [NaN, Infinity, -Infinity, NaN, Infinity, -Infinity, NaN, Infinity, -Infinity]);
  const csv = await (await server.get(`${path}?format=csv`)).text();
  assert.match(csv, /^epoch,v\r\n0,NaN\r\n1,Infinity\r\n2,-Infinity\r\n/);
});

test('null is not measured: the cell is left out', async (t) => {
  const server = await serverFor(t);
  await body(server.post(path, [{epoch: 1, a: 1, b: null}, {epoch: 2, a: null, b: 2}]));
  assert.deepEqual(await table(server), [{epoch: 1, a: 1}, {epoch: 2, b: 2}]);
  assert.equal(await (await server.get(`${path}?format=csv`)).text(), 'epoch,a,b\r\n1,1,\r\n2,,2\r\n');
  assert.equal(await (await server.get(`${path}?format=ndjson`)).text(), '{"epoch":1,"a":1}\n{"epoch":2,"b":2}\n');
});

test('with step and epoch, step is x and epoch a metric', async (t) => {
  const server = await serverFor(t);
  await body(server.post(path, [{step: 100, epoch: 0.5, loss: 2}, {step: 200, epoch: 1, loss: 1}]));
  const answer = await body(server.get(path));
  assert.equal(answer.x, 'step');
  assert.deepEqual(answer.epochs, [{step: 100, loss: 2, epoch: 0.5}, {step: 200, loss: 1, epoch: 1}]);
});

test('all or nothing: a bad last record stores none', async (t) => {
  const server = await serverFor(t);
  const records = Array.from({length: 500}, (_, i) => ({epoch: i, loss: 1}));
  const found = await problem(server.post(path, [...records, {epoch: -1, loss: 1}]), 422, 'epoch_negative');
  assert.equal(found.record, 500);
  assert.equal(found.field, 'epoch');
  await problem(server.get(path), 404, 'run_not_found');
});

test('a post sent again changes nothing, a corrected one replaces', async (t) => {
  const server = await serverFor(t);
  const records = [{epoch: 1, loss: 3}, {epoch: 2, loss: 2}];
  assert.equal((await body(server.post(path, records))).created, true);
  assert.equal((await body(server.post(path, records))).created, false);
  assert.deepEqual(await table(server), records);
  await body(server.post(path, {epoch: 1, loss: 9}));
  assert.deepEqual(await table(server), [{epoch: 1, loss: 9}, {epoch: 2, loss: 2}]);
  const run = await body(server.get('/api/v1/runs/r'));
  assert.deepEqual(run.metrics.map((m) => [m.name, m.count, m.min, m.max, m.last]), [['loss', 2, 2, 9, 2]]);
});

test('the order of arrival does not matter', async (t) => {
  const server = await serverFor(t);
  for (const epoch of [3, 1, 2]) await body(server.post(path, {epoch, loss: epoch}));
  assert.deepEqual((await table(server)).map((r) => r.epoch), [1, 2, 3]);
});

test('gzip is understood, other encodings are not', async (t) => {
  const server = await serverFor(t);
  const send = (data, encoding) => fetch(server.url + path, {
    method: 'POST', body: data, headers: {'content-type': 'application/json', 'content-encoding': encoding},
  });
  const text = JSON.stringify([{epoch: 1, loss: 1}]);
  assert.equal((await body(send(gzipSync(text), 'gzip'))).accepted, 1);
  await problem(send(text, 'zstd'), 415, 'unsupported_encoding');
  await problem(send(text, 'gzip'), 400);
});

test('a chunked body is read like any other', async (t) => {
  const server = await serverFor(t);
  const parts = ['[{"epoch":1,', '"loss":1},{"epo', 'ch":2,"loss":0.5}]'];
  const stream = new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
  const answer = await fetch(server.url + path, {
    method: 'POST', body: stream, duplex: 'half', headers: {'content-type': 'application/json'},
  });
  assert.equal((await body(answer)).accepted, 2);
});

test('an unknown content type says what is accepted', async (t) => {
  const server = await serverFor(t);
  const found = await problem(server.post(path, '{"epoch":1}', 'text/plain'), 415, 'unsupported_media_type');
  assert.match(found.detail, /application\/json.*text\/csv/);
});

test('a form from a browser page is no JSON', async (t) => {
  const server = await serverFor(t);
  const answer = await rawRequest(server.url + path, {
    method: 'POST', body: '{"epoch":1}',
    headers: {'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin'},
  });
  assert.equal(answer.status, 415, answer.text);
});

test('a body over 64 MiB is refused whole', async (t) => {
  const server = await serverFor(t);
  const data = new Uint8Array(64 * 1024 * 1024 + 1).fill(32);
  const sent = server.post(path, data).then((answer) => answer.status, (error) => error.cause?.code);
  assert.ok([413, 'EPIPE', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(await sent), String(await sent));
  await problem(server.get(path), 404);
});

const refused = [
  ['nothing', '', 400, 'empty_body'],
  ['a cut object', '{"epoch":1,"loss":0.1', 400, 'bad_json'],
  ['text after the end', '{"epoch":1}xyz', 400],
  ['the same key twice', '{"epoch":1,"a":1,"a":2}', 400, 'duplicate_key'],
  ['a word', '"x"', 400],
  ['deep nesting', '['.repeat(1000) + ']'.repeat(1000), 400],
  ['a number with a leading zero', '{"epoch":1,"a":007}', 400, 'bad_json'],
  ['no epoch and no step', '{"train_loss":1}', 422, 'missing_epoch'],
  ['a fractional epoch without a step', '{"epoch":1.5,"a":1}', 422],
  ['an epoch beyond 2^53-1', '{"epoch":9007199254740992,"a":1}', 422],
  ['text for a number', '{"epoch":1,"loss":"high"}', 422, 'bad_type'],
  ['a number beyond a double', '{"epoch":1,"loss":1e999}', 422, 'number_out_of_range'],
];
for (const [name, text, status, code] of refused) {
  test(`refused: ${name}`, async (t) => {
    const server = await serverFor(t);
    await problem(server.post(path, text), status, code);
    await problem(server.get('/api/v1/runs/r'), 404, 'run_not_found');
  });
}

test('a run id is checked before anything is stored', async (t) => {
  const server = await serverFor(t);
  for (const id of ['.hidden', 'a%20b', 'x'.repeat(129), '%C3%A9']) {
    await problem(server.post(`/api/v1/runs/${id}/epochs`, {epoch: 1, a: 1}), 422, 'bad_run_id');
  }
  assert.equal((await body(server.get('/api/v1/runs'))).total, 0);
});

test('reading the table: wrong parameters are named', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  assert.equal((await problem(server.get(`${path}?format=xml`), 422)).field, 'format');
  assert.equal((await problem(server.get(`${path}?from=x`), 422)).field, 'from');
  assert.equal((await problem(server.get(`${path}?from=5&to=4`), 422)).field, 'from');
  assert.match((await problem(server.get(`${path}?formt=csv`), 422)).detail, /did you mean "format"/);
  await problem(server.get('/api/v1/runs/none/epochs'), 404, 'run_not_found');
});

test('names in CSV are quoted, and never become formulas', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, 'a,"b"': 1, '=1+1': -2}]);
  const csv = await (await server.get(`${path}?format=csv`)).text();
  assert.equal(csv, 'epoch,"a,""b""",\'=1+1\r\n1,1,-2\r\n');
});

// A client may take as long as it likes for the rest of a body that was refused.
test('a body that was refused gives its memory back while the rest still comes', async (t) => {
  // A sanitizer keeps what is freed for a while; here it shall not.
  const server = await serverFor(t, {env: {ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0`}});
  const {hostname, port} = new URL(server.url), rest = Buffer.alloc(1 << 20, ' ');
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
  const send = (socket, bytes) => new Promise((done) => socket.write(bytes, done));
  for (let i = 0; i < 4; i++) {
    const socket = connect(Number(port), hostname);
    t.after(() => socket.destroy());
    await send(socket, `POST /api/v1/runs/r/epochs HTTP/1.1\r\nHost: ${hostname}:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let part = 0; part < 68; part++) await send(socket, Buffer.concat([Buffer.from('100000\r\n'), rest, Buffer.from('\r\n')]));
  }
  await body(server.get('/healthz'));
  assert.ok(rss() < 180, `${rss()} MiB`);
});
