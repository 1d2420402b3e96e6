// The live stream: what happens arrives, a break loses nothing, a restart says so.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {connect} from 'node:net';
import {test} from 'node:test';
import {start, temporaryFolder} from '../support/epochd.mjs';
import {body, listen, serverFor} from './support.mjs';

test('a point arrives with its run and its diagnosis', async (t) => {
  const server = await serverFor(t);
  const stream = await listen(server);
  t.after(stream.close);
  await server.postEpochs('r', [{epoch: 1, train_loss: 0.5, lr: 0.1}]);
  const run = await stream.next('run');
  assert.equal(run.data.id, 'r');
  const points = await stream.next('points');
  assert.deepEqual(points.data, {run: 'r', series: [{metric: 'train_loss', x: [1], value: [0.5]}, {metric: 'lr', x: [1], value: [0.1]}]});
  const findings = await stream.next('findings');
  const {history, ...now} = await body(server.get('/api/v1/runs/r/findings'));
  assert.deepEqual(findings.data, now, 'all but what came and went');
  assert.ok(Array.isArray(history));
});

test('what comes after the cursor of a chart is in the stream, what came before is not', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  const {cursor} = await body(server.get('/api/v1/runs/r/series'));
  await server.postEpochs('r', [{epoch: 2, a: 2}]);
  const stream = await listen(server, `?since=${cursor}`);
  t.after(stream.close);
  assert.deepEqual((await stream.next('points')).data.series, [{metric: 'a', x: [2], value: [2]}]);
});

test('Last-Event-ID resumes without a gap', async (t) => {
  const server = await serverFor(t);
  const first = await listen(server);
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  const seen = await first.next('points');
  first.close();
  for (let epoch = 2; epoch <= 20; epoch++) await server.postEpochs('r', [{epoch, a: epoch}]);
  const second = await listen(server, '', {'Last-Event-ID': seen.id});
  t.after(second.close);
  for (let epoch = 2; epoch <= 20; epoch++) {
    assert.deepEqual((await second.next('points')).data.series[0].x, [epoch]);
  }
});

test('after a restart a resumed stream is told to read again', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  let server = await start({folder: folder.path});
  const stream = await listen(server);
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  const {id} = await stream.next('points');
  await server.stop();
  assert.equal(await stream.next('never'), null, 'the stream ends with the server');
  server = await start({folder: folder.path});
  t.after(() => server.stop());
  const again = await listen(server, '', {'Last-Event-ID': id});
  t.after(again.close);
  assert.ok((await again.next('resync')).data.reason);
});

test('a stream of one run or one project hears of no other', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', {id: 'a', project: 'p'}), 201);
  await body(server.post('/api/v1/runs', {id: 'b', project: 'q'}), 201);
  const ofRun = await listen(server, '?run=b,c');
  const ofProject = await listen(server, '?project=q');
  t.after(() => [ofRun, ofProject].forEach((s) => s.close()));
  await server.postEpochs('a', [{epoch: 1, v: 1}]);
  await server.postEpochs('b', [{epoch: 2, v: 2}]);
  assert.equal((await ofRun.next('points')).data.run, 'b');
  assert.equal((await ofProject.next('points')).data.run, 'b');
});

test('a resumed stream of one project hears nothing of another, nor of runs without one', async (t) => {
  const server = await serverFor(t);
  t.after((await listen(server)).close);
  await server.postEpochs('mark', [{epoch: 1, v: 1}]);
  const {cursor} = await body(server.get('/api/v1/runs/mark/series'));
  await body(server.post('/api/v1/runs', {id: 'a', project: 'p'}), 201);
  await body(server.post('/api/v1/runs', {id: 'b', project: 'q'}), 201);
  await server.postEpochs('a', [{epoch: 1, v: 1}]);
  await server.postEpochs('none', [{epoch: 1, v: 1}]);
  await server.postEpochs('b', [{epoch: 2, v: 2}]);
  await body(server.patch('/api/v1/runs/a', {note: 'of p'}));
  await body(server.del('/api/v1/runs/a'), 204);
  await body(server.patch('/api/v1/runs/b', {project: 'r'}));
  const stream = await listen(server, `?project=q&since=${cursor}`);
  t.after(stream.close);
  const seen = [];
  while (seen.length < 3) {
    const {name, data} = await stream.next('*');
    if (name !== 'findings') seen.push([name, data.run ?? data.id, data.project]);
  }
  assert.deepEqual(seen, [['run', 'b', 'q'], ['points', 'b', undefined], ['run', 'b', 'r']]);
});

test('changes of a run are told: patched, trashed, restored', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', '{"id":"r","config":{\n"a":\n1}}'), 201);
  const stream = await listen(server);
  t.after(stream.close);
  await body(server.patch('/api/v1/runs/r', {name: 'new'}));
  const patched = (await stream.next('run')).data;
  assert.deepEqual([patched.name, patched.config], ['new', {a: 1}]);
  await body(server.del('/api/v1/runs/r'), 204);
  assert.deepEqual((await stream.next('run')).data, {id: 'r', deleted: true});
  await body(server.post('/api/v1/runs/r/restore'));
  assert.equal((await stream.next('run')).data.id, 'r');
});

test('a run as large as can be is changed, answered and told', async (t) => {
  const server = await serverFor(t);
  await body(server.post('/api/v1/runs', {id: 'r', config: {c: 'c'.repeat(1000000)}}), 201);
  await body(server.patch('/api/v1/runs/r', {tags: {t: 't'.repeat(1000000)}}));
  const stream = await listen(server);
  t.after(stream.close);
  const run = await body(server.patch('/api/v1/runs/r', {note: '<'.repeat(65536)}));
  assert.equal(run.note.length, 65536);
  const told = (await stream.next('run')).data;
  assert.deepEqual([told.note.length, told.config.c.length, told.tags.t.length], [65536, 1000000, 1000000]);
});

test('a large post is announced, not carried', async (t) => {
  const server = await serverFor(t);
  const stream = await listen(server);
  t.after(stream.close);
  await server.postEpochs('r', Array.from({length: 2001}, (_, epoch) => ({epoch, a: 1})));
  assert.deepEqual((await stream.next('points')).data, {run: 'r', reload: true});
});

test('a post whose event would be too large is announced', async (t) => {
  const server = await serverFor(t);
  const stream = await listen(server);
  t.after(stream.close);
  const record = (from) => Object.fromEntries(Array.from({length: 900}, (_, i) => [String(from + i).padEnd(128, '<'), 1]));
  await server.postEpochs('r', [{epoch: 1, ...record(0)}, {epoch: 2, ...record(1000)}]);
  assert.deepEqual((await stream.next('points')).data, {run: 'r', reload: true});
});

test('fifty viewers all hear', async (t) => {
  const server = await serverFor(t);
  const streams = await Promise.all(Array.from({length: 50}, () => listen(server)));
  t.after(() => streams.forEach((s) => s.close()));
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  const heard = await Promise.all(streams.map((s) => s.next('points')));
  assert.ok(heard.every((e) => e.data.run === 'r'));
  assert.match(await (await server.get('/metrics')).text(), /^epochd_live_subscribers 50$/m);
});

// A viewer that does not read, until it does.
function silentViewer(server) {
  const socket = connect({host: '127.0.0.1', port: new URL(server.url).port});
  socket.pause();
  socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

test('a viewer that is too slow is told to read again, and nobody waits for it', async (t) => {
  const server = await serverFor(t);
  const viewer = silentViewer(server);
  t.after(() => viewer.destroy());
  await once(viewer, 'connect');
  const record = (epoch) => ({epoch, ...Object.fromEntries(Array.from({length: 900}, (_, i) => [`metric_of_some_length_${i}`, epoch + i / 7]))});
  for (let epoch = 0; epoch < 400; epoch++) await server.postEpochs('r', [record(epoch)]);
  let text = '';
  viewer.setEncoding('utf8').on('data', (chunk) => { text = (text + chunk).slice(-200000); if (/event: resync/.test(text)) viewer.emit('resync'); });
  await Promise.all([once(viewer, 'resync'), viewer.resume()]);
});
