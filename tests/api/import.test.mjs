// `epochd import`: the logs of training loops become runs.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {binary, root, start, temporaryFolder} from '../support/epochd.mjs';
import {serverFor} from './support.mjs';
import {epochd, good, refused} from './command.mjs';

const logs = join(root, 'tests/fixtures/logs');

test('import stores every log that check reads, with its verdict', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const db = join(folder.path, 't.db'), files = readdirSync(logs);
  const said = good('import', '--db', db, '--project', 'old logs', ...files.map((file) => join(logs, file))).trim().split('\n');
  assert.equal(said.length, files.length);
  const [runs] = [JSON.parse(good('sql', '--db', db, '--format=json', 'SELECT * FROM runs'))];
  assert.equal(runs.length, files.length);
  for (const run of runs) {
    assert.deepEqual([run.status, run.project], ['finished', 'old logs']);
    assert.ok(run.points > 0);
    assert.ok(said.some((line) => line.includes(`: run ${run.id}, `) && line.endsWith(`, ${run.verdict}`)), run.id);
  }
});

test('import: a run is named after its file, and replaces itself', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const db = join(folder.path, 't.db');
  mkdirSync(join(folder.path, 'runs/cifar 10'), {recursive: true});
  copyFileSync(join(logs, 'diverged.csv'), join(folder.path, 'runs/cifar 10/.results.v2.csv'));
  for (const path of ['runs/cifar 10/.results.v2.csv', './runs/cifar 10/.results.v2.csv']) {
    const {status, out, said} = epochd(['import', '--db', db, path], {cwd: folder.path});
    assert.deepEqual([status, out], [0, `${path}: run runs-cifar-10-.results.v2, 3 epochs, bad\n`], said);
  }
  assert.equal(good('sql', '--db', db, '--format=csv', 'SELECT count(*), sum(points) FROM runs').split('\r\n')[1], '1,6');
  assert.equal(good('export', '--db', db, 'runs-cifar-10-.results.v2').split('\r\n')[0], 'epoch,loss,val_loss');
});

test('import --ndjson is what a server takes', async (t) => {
  const server = await serverFor(t);
  const file = join(logs, 'keras_csvlogger.csv'), folder = await temporaryFolder();
  t.after(folder.remove);
  const other = join(folder.path, 't.db');
  const records = good('import', '--ndjson', file);
  assert.equal((await server.post('/api/v1/runs/k/epochs', records, 'application/x-ndjson')).status, 200);
  good('import', '--db', other, '--run', 'k', file);
  assert.equal(good('export', '--db', join(server.folder, 't.db'), 'k'), good('export', '--db', other, 'k'));
  const {status, said} = epochd(['import', '--db', join(server.folder, 't.db'), file]);
  assert.equal(status, 3);
  assert.match(said, new RegExp(`pid ${server.pid}[^]*--ndjson FILE \\| curl`));
});

test('what import refuses', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const db = join(folder.path, 't.db'), file = join(logs, 'diverged.csv');
  refused(['import', '--db', db], 'which file?');
  refused(['import', '--db', db, '--run', 'a', file, file], 'take one file');
  refused(['import', '--db', db, '--run', '.a', file], 'no dot at first');
  refused(['import', '--db', db, '-'], 'needs --run');
  refused(['import', '--db', db, '--project', 'x'.repeat(257), file], 'at most 256 bytes');
  refused(['import', '--db', db, `${file}.not`], 'No such file');
  refused(['import', '--db', db, binary], binary);
  const {status, out} = epochd(['import', '--db', db, `${file}.not`, file]);
  assert.equal(status, 2);
  assert.match(out, /diverged, 3 epochs, bad\n$/, 'the others are stored');
});

// A folder with these files in it, and its own database.
async function folderWith(t, files) {
  const {path, remove} = await temporaryFolder();
  t.after(remove);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), {recursive: true});
    writeFileSync(join(path, name), text);
  }
  return {
    path, db: join(path, 't.db'),
    run: (...words) => epochd(['import', '--db', 't.db', ...words], {cwd: path}),
    ask: (statement) => JSON.parse(good('sql', '--db', join(path, 't.db'), '--format=json', statement)),
  };
}
const curve = (...losses) => `epoch,loss\n${losses.map((loss, i) => `${i + 1},${loss}\n`).join('')}`;

test('import: two files that would be one run are refused before anything is written', async (t) => {
  const f = await folderWith(t, {'x y/r.csv': curve(3, 2), 'x-y/r.csv': curve(1, 1), 'r.csv': curve(1, 2), 'r.json': '[{"epoch": 1, "loss": 2}]'});
  for (const pair of [['x y/r.csv', 'x-y/r.csv'], ['r.csv', 'r.json'], ['r.csv', './r.csv']]) {
    const {status, out, said} = f.run('x-y/r.csv', ...pair.filter((name) => name !== 'x-y/r.csv'), ...pair.slice(0, 1));
    assert.deepEqual([status, out], [2, ''], said);
    const both = f.run(...pair);
    assert.deepEqual([both.status, both.out], [2, ''], both.said);
    assert.match(both.said, /would both be run \S+: .*--run\n$/);
  }
  assert.ok(!existsSync(f.db), 'nothing was written');
});

test('import: names in other letters, and long ones, make runs of their own', async (t) => {
  const long = ['a', 'b'].map((c) => `${c}/${'deep/'.repeat(30)}r.csv`), other = ['u/é.csv', 'u/è.csv', '学習.csv', '検証.csv'];
  const f = await folderWith(t, Object.fromEntries([...long, ...other].map((name) => [name, curve(2, 1)])));
  const {status, said} = f.run(...long, ...other);
  assert.equal(status, 0, said);
  const ids = f.ask('SELECT id, points FROM runs ORDER BY created, id');
  assert.equal(ids.length, 6);
  for (const {id, points} of ids) assert.ok(points === 2 && id.length <= 128 && /-[0-9a-f]{8}$/.test(id), id);
  assert.equal(f.run(...long, ...other).status, 0, 'the same ones again');
  assert.equal(f.ask('SELECT id FROM runs').length, 6);
});

test('import: a shorter log of the same file leaves nothing of the longer one', async (t) => {
  const f = await folderWith(t, {'r.csv': 'epoch,loss,acc\n1,1,1\n2,2,1\n3,3,1\n'});
  assert.equal(f.run('r.csv').status, 0);
  writeFileSync(join(f.path, 'r.csv'), curve(5, 4));
  assert.equal(f.run('r.csv').status, 0);
  assert.deepEqual(f.ask('SELECT metric, step, value FROM points'), [{metric: 'loss', step: 1, value: 5}, {metric: 'loss', step: 2, value: 4}]);
  assert.deepEqual(f.ask('SELECT last_step FROM runs'), [{last_step: 2}]);
});

test('import: what people wrote about a run outlives another import', async (t) => {
  const f = await folderWith(t, {'r.csv': curve(1, NaN, 1)});
  assert.equal(f.run('r.csv').status, 0);
  const server = await start({folder: f.path});
  t.after(() => server.stop());
  const written = {name: 'the one', note: 'kept', tags: {...(await (await server.get('/api/v1/runs/r')).json()).tags, digits: 1}, config: {lr: 0.1}, epochs: 9, project: 'p'};
  assert.equal((await server.patch('/api/v1/runs/r', written)).status, 200);
  const [{rule}] = f.ask('SELECT rule FROM findings');
  assert.ok((await server.put(`/api/v1/runs/r/findings/${rule}/mute`, {reason: 'known'})).ok);
  const created = f.ask('SELECT created FROM runs');
  await server.stop();
  writeFileSync(join(f.path, 'r.csv'), curve(1, NaN));
  const again = f.run('r.csv');
  assert.equal(again.status, 0, again.said);
  const [run] = f.ask('SELECT * FROM runs');
  assert.deepEqual([run.name, run.note, run.epochs, run.project, run.last_step], ['the one', 'kept', 9, 'p', 2]);
  assert.deepEqual([JSON.parse(run.tags).digits, JSON.parse(run.config).lr], [1, 0.1]);
  assert.deepEqual(f.ask('SELECT created FROM runs'), created);
  assert.equal(f.ask('SELECT rule FROM findings WHERE muted = 1')[0]?.rule, rule);
});

test('import: a run of another file, or of a server, is not mixed with it', async (t) => {
  const f = await folderWith(t, {'a b.csv': curve(3, 2), 'a-b.csv': curve(1), 's.csv': curve(4)});
  const server = await start({folder: f.path});
  t.after(() => server.stop());
  await server.postEpochs('s', [{epoch: 1, train_loss: 1}, {epoch: 2, train_loss: 1}]);
  assert.equal((await server.patch('/api/v1/runs/s', {tags: {big: 'x'}})).status, 200);
  await server.del('/api/v1/runs/t');
  await server.stop();
  assert.equal(f.run('a b.csv').status, 0);
  for (const file of ['a-b.csv', 's.csv']) {
    const {status, out, said} = f.run(file);
    assert.deepEqual([status, out], [2, ''], said);
    assert.match(said, /--run names another, --replace puts this in its place\n$/);
  }
  assert.deepEqual(f.ask('SELECT id, points FROM runs ORDER BY id'), [{id: 'a-b', points: 2}, {id: 's', points: 2}]);
  assert.equal(f.run('--run', 'other', 'a-b.csv').status, 0);
  assert.equal(f.run('--replace', 'a-b.csv', 's.csv').status, 0);
  assert.deepEqual(f.ask('SELECT id, points, tags ->> \'imported_from\' AS source, tags ->> \'big\' AS big FROM runs ORDER BY id'), [
    {id: 'a-b', points: 1, source: join(f.path, 'a-b.csv'), big: null}, {id: 'other', points: 1, source: join(f.path, 'a-b.csv'), big: null},
    {id: 's', points: 1, source: join(f.path, 's.csv'), big: 'x'}]);
  assert.equal(f.run('a-b.csv').status, 0, 'it is the one of this file now');
  assert.equal(f.run('a b.csv').status, 2);
});

test('import: findings are those of the file\'s day, and no webhook hears of them', async (t) => {
  const f = await folderWith(t, {});
  copyFileSync(join(logs, 'diverged.csv'), join(f.path, 'r.csv'));
  assert.equal(f.run('r.csv').status, 0);
  const before = f.ask('SELECT * FROM findings'), [{updated}] = f.ask('SELECT updated FROM runs');
  assert.ok(before.length > 0);
  for (const finding of before) assert.deepEqual([finding.opened, finding.opened_step], [updated, 2]);
  const heard = [];
  const hook = createServer((request, answer) => (heard.push(request.url), answer.end())).listen(0, '127.0.0.1');
  await new Promise((listening) => hook.once('listening', listening));
  t.after(() => hook.close());
  const server = await start({folder: f.path, args: ['--webhook', `http://127.0.0.1:${hook.address().port}/`, '--webhook-severity', 'info']});
  t.after(() => server.stop());
  const {history} = await (await server.get('/api/v1/runs/r/findings')).json();
  assert.equal(history.length, before.length);
  await server.patch('/api/v1/runs/r', {note: 'a look'});
  await server.stop();
  assert.deepEqual(f.ask('SELECT * FROM findings'), before);
  assert.deepEqual(heard, []);
});
