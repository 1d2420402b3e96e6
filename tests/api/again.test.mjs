// Answers that are asked for again, and answers that are packed.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {body, goodRun, listen, rawRequest, serverFor} from './support.mjs';

const get = (server, path, headers = {}) => rawRequest(server.url + path, {headers});
const queries = {'/api/v1/series': '?runs=r&metrics=val_loss', '/api/v1/compare': '?runs=r', '/api/v1/plan': '?epochs=10',
  '/api/v1/schedule': '?type=CosineAnnealingLR&base_lr=0.1&T_max=10'};

// Every GET of JSON that the server describes, asked of run r.
async function reads(server) {
  const {paths} = await body(server.get('/api/v1/openapi.json'));
  return Object.entries(paths)
    .filter(([path, {get: read}]) => path.startsWith('/api/v1/') && read?.responses[200].content['application/json'])
    .map(([path]) => path.replace('{run}', 'r') + (queries[path] ?? ''));
}

test('every read of JSON says when nothing changed, and when something did', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', goodRun(5));
  const paths = await reads(server);
  assert.ok(paths.length >= 12, paths.join(' '));
  const tags = new Map();
  for (const path of paths) {
    const first = await get(server, path);
    assert.equal(first.status, 200, path);
    assert.match(first.headers.etag, /^W\/"[0-9a-f]{16}"$/, path);
    assert.equal(first.headers['cache-control'], 'private, no-cache', path);
    const again = await get(server, path, {'If-None-Match': `"x", ${first.headers.etag}`});
    assert.equal(again.status, 304, path);
    assert.equal(again.text, '', path);
    assert.equal(again.headers.etag, first.headers.etag, path);
    assert.equal(again.headers['content-type'], undefined, path);
    tags.set(path, first.headers.etag);
  }
  await server.postEpochs('r', [{epoch: 6, train_loss: 9, val_loss: 9, lr: 9}]);
  for (const path of paths.filter((p) => /\/r\b|runs/.test(p))) {
    const changed = await get(server, path, {'If-None-Match': tags.get(path)});
    assert.equal(changed.status, 200, path);
    assert.notEqual(changed.headers.etag, tags.get(path), path);
  }
});

test('a chart that did not change has a new cursor, and nothing is missed from the old one', async (t) => {
  const server = await serverFor(t);
  const path = '/api/v1/runs/r/series';
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  const first = await get(server, path);
  const old = JSON.parse(first.text).cursor;
  assert.equal(first.headers['epochd-cursor'], old);
  await server.postEpochs('other', [{epoch: 1, a: 1}]);
  const again = await get(server, path, {'If-None-Match': first.headers.etag});
  assert.equal(again.status, 304);
  assert.notEqual(again.headers['epochd-cursor'], old);
  await server.postEpochs('r', [{epoch: 2, a: 2}]);
  for (const since of [old, again.headers['epochd-cursor']]) {
    const stream = await listen(server, `?run=r&since=${since}`);
    t.after(stream.close);
    assert.deepEqual((await stream.next('points')).data.series, [{metric: 'a', x: [2], value: [2]}]);
  }
});

// The cursor moves on with any event, such as the findings of the post before.
const rest = (text) => text.replace(/^\{"cursor":"[^"]*"/, '');

test('a long answer is packed for who takes gzip, and is the same', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', goodRun(500));
  for (const path of ['/api/v1/runs/r/series', '/api/v1/runs/r/epochs', '/api/v1/openapi.json', '/api/v1/runs/r/epochs?format=csv']) {
    const plain = await get(server, path);
    assert.equal(plain.headers['content-encoding'], undefined, path);
    assert.equal(plain.headers.vary, 'Accept-Encoding', path);
    const packed = await get(server, path, {'Accept-Encoding': 'br;q=1, gzip;q=0.5'});
    assert.equal(packed.headers['content-encoding'], 'gzip', path);
    assert.equal(packed.headers.etag, plain.headers.etag, path);
    assert.ok(packed.bytes.length < plain.bytes.length / 1.8, path);
    assert.equal(rest(gunzipSync(packed.bytes).toString()), rest(plain.text), path);
    const refused = await get(server, path, {'Accept-Encoding': 'gzip;q=0, *'});
    assert.equal(refused.headers['content-encoding'], undefined, path);
    assert.equal(rest(refused.text), rest(plain.text), path);
  }
  const short = await get(server, '/api/v1/runs?q=nothing', {'Accept-Encoding': 'gzip'});
  assert.equal(short.headers['content-encoding'], undefined);
});

test('a table of any length is packed while it is made', async (t) => {
  const server = await serverFor(t);
  const rows = 20000, path = '/api/v1/runs/r/epochs?format=csv';
  await server.postEpochs('r', goodRun(rows));
  const plain = await get(server, path);
  const packed = await get(server, path, {'Accept-Encoding': 'gzip'});
  assert.equal(plain.text.split('\n').length, rows + 2);
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(packed.bytes.length < plain.bytes.length / 1.8);
  assert.equal(gunzipSync(packed.bytes).toString(), plain.text);
});

test('HEAD has the headers of GET', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', goodRun(50));
  for (const path of await reads(server)) {
    const full = await get(server, path);
    const head = await rawRequest(server.url + path, {method: 'HEAD'});
    assert.equal(head.status, 200, path);
    assert.equal(head.text, '', path);
    for (const name of ['etag', 'content-type', 'content-length', 'vary']) assert.equal(head.headers[name], full.headers[name], `${path} ${name}`);
  }
});
