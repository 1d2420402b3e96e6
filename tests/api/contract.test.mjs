// The route table, docs/api.md and the OpenAPI document say the same; who may ask.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {root} from '../support/epochd.mjs';
import {body, goodRun, problem, rawRequest, serverFor} from './support.mjs';

const docs = readFileSync(join(root, 'docs/api.md'), 'utf8');
const source = readFileSync(join(root, 'server/api/routes.c'), 'utf8');

// The rows of the table as {method, path, params}, read from the source.
function tableRows() {
  const names = {RUNS: '/api/v1/runs', RUN: '/api/v1/runs/{run}'};
  return [...source.matchAll(/\.method = "(\w+)",\s*\.pattern = ((?:\w+|"[^"]*"|\s)+),/g)].map(([, method, pattern]) => ({
    method,
    path: pattern.trim().split(/\s+/).map((part) => names[part] ?? part.replaceAll('"', '')).join(''),
  }));
}

const isApi = ({path}) => path.startsWith('/api/') || path === '/healthz' || path === '/metrics';

test('every route is in the OpenAPI document, and nothing else', async (t) => {
  const server = await serverFor(t);
  const {paths} = await body(server.get('/api/v1/openapi.json'));
  const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`));
  const rows = tableRows();
  assert.ok(rows.length > 20);
  assert.deepEqual(described.sort(), rows.filter(isApi).map((r) => `${r.method} ${r.path}`).sort());
});

test('the headers of answers that may be unchanged are in the OpenAPI document', async (t) => {
  const server = await serverFor(t);
  const {paths} = await body(server.get('/api/v1/openapi.json'));
  for (const [path, {get}] of Object.entries(paths)) {
    const tagged = Boolean(get?.responses[304]);
    assert.equal(Boolean(get?.parameters.some((p) => p.in === 'header' && p.name === 'If-None-Match')), tagged, path);
    for (const status of tagged ? [200, 304] : []) {
      const {headers} = get.responses[status];
      assert.ok(headers.ETag.schema, path);
      assert.equal('Epochd-Cursor' in headers, path.endsWith('/series'), path);
    }
  }
  assert.ok(paths['/api/v1/runs'].get.responses[304]);
});

test('every route is in docs/api.md', () => {
  for (const {method, path} of tableRows().filter(isApi)) {
    const plain = path.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&');
    assert.match(docs, new RegExp(`${method} ${plain}[\`?\\s]|\\| \`${method} ${plain}\``), `${method} ${path}`);
  }
});

test('every query parameter in docs/api.md is known, and every known one is there', async (t) => {
  const server = await serverFor(t);
  const {paths} = await body(server.get('/api/v1/openapi.json'));
  for (const [path, methods] of Object.entries(paths)) {
    for (const p of (methods.get ?? methods.delete)?.parameters.filter((q) => q.in === 'query') ?? []) {
      assert.ok(new RegExp(`[?&\`]${p.name}\\b`).test(docs) || path === '/api/v1/schedule', `${path} ${p.name}`);
    }
  }
  for (const [, path, query] of docs.matchAll(/GET (\/api\/v1\/[\w{}/]+)\?([\w=&|.,]*)/g)) {
    const known = paths[path].get.parameters.map((p) => p.name);
    for (const name of query.split('&').map((p) => p.split('=')[0]).filter(Boolean)) assert.ok(known.includes(name), `${path}?${name}`);
  }
});

// "1/3", "1e-7", "false", "\"cos\"" as docs/schedules.md writes them.
const written = (cell) => (/^\d+\/\d+$/.test(cell) ? cell.split('/').reduce((a, b) => a / b) : JSON.parse(cell));

test('every type of schedule, with each parameter and its default, is in docs/schedules.md', async (t) => {
  const page = readFileSync(join(root, 'docs/schedules.md'), 'utf8');
  const sections = new Map(page.split(/^### /m).slice(1).map((section) => [section.split('\n')[0], section]));
  const {schedules} = await body((await serverFor(t)).get('/api/v1/schedules'));
  assert.deepEqual([...sections.keys()].sort(), schedules.map((s) => s.type).sort());
  for (const {type, list, params} of schedules) {
    const rows = new Map([...sections.get(type).matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, cell]) => [name, cell]));
    const expected = [...(list ? [list] : []), ...params.map((p) => p.name).filter((name) => name !== 'base_lr')];
    assert.deepEqual([...rows.keys()].sort(), expected.sort(), type);
    for (const p of params.filter(({name}) => name !== 'base_lr')) {
      const cell = rows.get(p.name);
      if (p.required || p.optional) assert.equal(cell, p.required ? 'required' : 'left out', `${type} ${p.name}`);
      else assert.equal(written(cell), p.default, `${type} ${p.name}`);
    }
  }
});

// Does an answer have the fields that its schema says, and no others?
function conforms(schemas, type, found, where) {
  if (type.$ref) return conforms(schemas, schemas[type.$ref.split('/').at(-1)], found, where);
  if (type.anyOf) {
    const errors = [];
    for (const one of type.anyOf) {
      try { return conforms(schemas, one, found, where); } catch (error) { errors.push(error.message); }
    }
    assert.fail(errors.join(' | '));
  }
  const is = {
    string: (v) => typeof v === 'string', integer: Number.isInteger, number: (v) => typeof v === 'number',
    boolean: (v) => typeof v === 'boolean', null: (v) => v === null, array: Array.isArray,
    object: (v) => v !== null && typeof v === 'object' && !Array.isArray(v),
  };
  if (type.type) assert.ok(is[type.type](found), `${where}: ${JSON.stringify(found)} is no ${type.type}`);
  if (type.enum) assert.ok(type.enum.includes(found), `${where}: ${found}`);
  if (type.items) found.forEach((item, i) => conforms(schemas, type.items, item, `${where}[${i}]`));
  for (const name of type.required ?? []) assert.ok(name in found, `${where}.${name} is missing`);
  for (const [name, member] of type.type === 'object' ? Object.entries(found) : []) {
    if (type.properties?.[name]) conforms(schemas, type.properties[name], member, `${where}.${name}`);
    else if (type.additionalProperties) type.additionalProperties === true || conforms(schemas, type.additionalProperties, member, `${where}.${name}`);
    else assert.equal(type.additionalProperties, undefined, `${where}.${name} is not in the schema`);
  }
}

test('answers have the shapes that the OpenAPI document says', async (t) => {
  const server = await serverFor(t);
  const {paths, components: {schemas}} = await body(server.get('/api/v1/openapi.json'));
  await body(server.post('/api/v1/runs', {
    id: 'r', project: 'p', config: {a: 1}, schedule: {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: 100},
  }), 201);
  await server.postEpochs('r', goodRun(60));
  await body(server.post('/api/v1/runs/r/epochs', '{"epoch":61,"train_loss":NaN,"val_loss":9,"lr":0.1}'));
  const examples = {
    '/api/v1/schedule': '?type=CosineAnnealingLR&base_lr=0.1&T_max=10', '/api/v1/plan': '?epochs=50&cycles=2',
    '/api/v1/series': '?runs=r&half_life=3&points=20', '/api/v1/compare': '?runs=r',
  };
  for (const [path, {get}] of Object.entries(paths)) {
    const schema = get?.responses['200'].content['application/json']?.schema;
    if (!schema) continue;
    const url = path.replace('{run}', 'r') + (examples[path] ?? '');
    conforms(schemas, schema, await body(server.get(url)), path);
  }
  conforms(schemas, {$ref: '#/components/schemas/Problem'}, await problem(server.get('/api/v1/runs/none'), 404), 'problem');
  const mean = await body(server.get('/api/v1/series?runs=r&agg=std'));
  conforms(schemas, {$ref: '#/components/schemas/SeriesAnswer'}, mean, 'mean');
  const accepted = await server.postEpochs('s', [{epoch: 1, a: 1}]);
  conforms(schemas, {$ref: '#/components/schemas/Accepted'}, accepted, 'accepted');
});

test('every GET answers HEAD with the same status and no body', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  for (const path of ['/healthz', '/api/v1/runs', '/api/v1/runs/r', '/api/v1/runs/r/epochs', '/']) {
    const answer = await fetch(server.url + path, {method: 'HEAD'});
    assert.equal(answer.status, 200, path);
    assert.equal(await answer.text(), '');
  }
});

test('an unknown path, a parameter that nobody knows, a wrong method', async (t) => {
  const server = await serverFor(t);
  await problem(server.get('/api/v2/runs'), 404, 'not_found');
  await problem(server.get('/api/v1/rules?x=1'), 422, 'unknown_parameter');
  await problem(server.post('/healthz'), 405, 'method_not_allowed');
});

test('the page and its own addresses are served, whatever the query', async (t) => {
  const server = await serverFor(t);
  for (const path of ['/', '/runs?q=x', '/run/some-id?zoom=1', '/compare?runs=a', '/plan?epochs=3', '/docs', '/docs/diagnosis']) {
    const answer = await server.get(path);
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers.get('content-type'), /^text\/html/);
    assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/);
  }
  const html = await (await server.get('/')).text();
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(html);
  const asset = await server.get(script);
  assert.equal(asset.status, 200);
  assert.match(asset.headers.get('cache-control'), /immutable/);
  assert.equal((await server.get('/assets/none.js')).status, 404);
});

test('a page of another site may neither read nor write', async (t) => {
  const server = await serverFor(t);
  const ask = (method, path, headers) => rawRequest(server.url + path, {method, headers});
  assert.equal((await ask('GET', '/api/v1/runs', {host: 'evil.example'})).status, 403);
  assert.equal((await ask('POST', '/api/v1/runs', {origin: 'http://evil.example'})).status, 403);
  assert.equal((await ask('GET', '/api/v1/events', {'sec-fetch-site': 'cross-site'})).status, 403);
  assert.equal((await ask('POST', '/api/v1/runs', {origin: server.url, 'sec-fetch-site': 'same-origin'})).status, 415);
});

test('a further name is allowed when it is named', async (t) => {
  const server = await serverFor(t, {args: ['--allow-host', 'gpu-box,other.lan']});
  const port = new URL(server.url).port;
  const ask = (host) => rawRequest(`${server.url}/healthz`, {headers: {host: `${host}:${port}`}});
  assert.equal((await ask('gpu-box')).status, 200);
  assert.equal((await ask('other.lan')).status, 200);
  assert.equal((await ask('third.lan')).status, 403);
});

test('figures for Prometheus', async (t) => {
  const server = await serverFor(t);
  await server.postEpochs('r', [{epoch: 1, a: 1}]);
  const text = await (await server.get('/metrics')).text();
  for (const line of ['epochd_points 1', 'epochd_runs 1', 'epochd_storage_failed 0']) assert.match(text, new RegExp(`^${line}$`, 'm'));
  for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) epochd_\w+ .+|epochd_\w+(\{\w+="[^"]*"\})? [-+.\de]+)$/);
  assert.deepEqual(
    Object.fromEntries(Object.entries(await body(server.get('/api/v1/server'))).filter(([k]) => ['runs', 'metrics', 'points', 'version'].includes(k))),
    {version: '0.1.0', runs: 1, metrics: 1, points: 1});
});
