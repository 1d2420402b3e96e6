// `epochd sql`, `export` and `compact` on a database, beside a server and without one.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {binary, root, start, temporaryFolder} from '../support/epochd.mjs';
import {goodRun, serverFor} from './support.mjs';
import {epochd, good, refused} from './command.mjs';

const docs = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

// A database that nobody serves, made by a server that is gone.
async function databaseFor(t, fill) {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const server = await start({folder: folder.path});
  await fill(server);
  await server.stop();
  return join(folder.path, 't.db');
}
const few = [{epoch: 1, train_loss: 0.5, lr: 0.1}, {epoch: 2, train_loss: NaN, lr: 0.05}, {epoch: 3, train_loss: 0.25}];
const fill = (server) => server.postEpochs('a', JSON.stringify(few).replace('null', 'NaN'));

test('each command and each of its options is in --help and in docs/operations.md', () => {
  const list = good('--help').split('Commands:\n')[1].split('\n\n')[0].trim().split('\n').map((line) => line.trim().split(' ')[0]);
  for (const name of ['serve', 'check', 'schedule', 'sql', 'import', 'export', 'compact']) assert.ok(list.includes(name), name);
  for (const name of ['sql', 'import', 'export', 'compact']) {
    const section = docs.split(`\n## ${name}\n`)[1]?.split('\n## ')[0];
    assert.ok(section, `docs/operations.md has a section ${name}`);
    assert.match(readme, new RegExp(`epochd ${name}\\b`));
    const options = [...good(name, '--help').matchAll(/^ {2}(--[a-z-]+)/gm)].map((m) => m[1]).filter((o) => o !== '--help');
    for (const option of options) assert.ok(section.includes(`${option}`), `${name} ${option}`);
    for (const [option] of section.replace(/curl .*/g, '').matchAll(/--[a-z][a-z-]+/g)) assert.ok(options.includes(option), `${name} has no ${option}`);
  }
});

test('the tables of sql and their columns are in --help and in docs/operations.md', () => {
  const tables = [...good('sql', '--help').matchAll(/^ {2}(\w+) \(([\w, ]+)\)$/gm)];
  assert.equal(tables.length, 5);
  for (const [, name, columns] of tables) {
    const row = docs.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    assert.ok(row, name);
    for (const column of columns.split(', ')) assert.ok(row.includes(`\`${column}\``), `${name}.${column}`);
  }
});

test('points are asked for beside a server that writes', async (t) => {
  const server = await serverFor(t);
  const db = join(server.folder, 't.db');
  await fill(server);
  const statement = "SELECT step, value, nonfinite FROM points WHERE run = 'a' AND metric = 'train_loss'";
  assert.equal(good('sql', '--db', db, '--format', 'csv', statement), 'step,value,nonfinite\r\n1,0.5,\r\n2,,NaN\r\n3,0.25,\r\n');
  for (let epoch = 4; epoch < 20; epoch++) {
    await server.postEpochs('a', [{epoch, train_loss: 1 / epoch}]);
    assert.equal(good('sql', '--db', db, '--format=csv', "SELECT last_step FROM runs").split('\r\n')[1], String(epoch));
  }
});

test('what a killed server acknowledged is asked for, exported and packed', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const db = join(folder.path, 't.db'), server = await start({folder: folder.path});
  for (let epoch = 1; epoch <= 50; epoch++) await server.postEpochs('a', [{epoch, train_loss: 1 / epoch}]);
  await server.stop('SIGKILL');
  const ask = () => good('sql', '--db', db, '--format=csv', 'SELECT count(*), min(value), max(step) FROM points').split('\r\n')[1];
  assert.equal(ask(), '50,0.02,50');
  const table = good('export', '--db', db, 'a');
  assert.equal(table.trim().split('\r\n').length, 51);
  good('compact', '--db', db);
  assert.equal(ask(), '50,0.02,50');
  assert.equal(good('export', '--db', db, 'a'), table);
});

test('an answer in each format', async (t) => {
  const db = await databaseFor(t, fill);
  const statement = "SELECT step, value, nonfinite AS \"what, \"\"now\"\"\", value FROM points WHERE metric = 'train_loss'";
  const ask = (format) => good('sql', '--db', db, '--format', format, statement);
  assert.equal(ask('table'), 'step  value  what, "now"  value_2\n   1    0.5                   0.5\n   2         NaN                 \n   3   0.25                  0.25\n');
  assert.equal(ask('csv').split('\r\n')[0], 'step,value,"what, ""now""",value_2');
  const rows = [{step: 1, value: 0.5, 'what, "now"': null, value_2: 0.5}, {step: 2, value: null, 'what, "now"': 'NaN', value_2: null}, {step: 3, value: 0.25, 'what, "now"': null, value_2: 0.25}];
  assert.deepEqual(JSON.parse(ask('json')), rows);
  assert.deepEqual(ask('ndjson').trim().split('\n').map((line) => JSON.parse(line)), rows);
  assert.deepEqual(JSON.parse(good('sql', '--db', db, '--format=json', 'SELECT 1 WHERE 0')), []);
  assert.equal(good('sql', '--db', db, 'SELECT id FROM runs WHERE 0'), 'id\n');
  assert.equal(good('sql', '--db', db, "SELECT 'two\nlines' AS text, x'ff00' AS bytes"), 'text       bytes\ntwo lines   ff00\n');
});

test('a statement from standard input', async (t) => {
  const db = await databaseFor(t, fill);
  const {status, out, said} = epochd(['sql', '--db', db, '--format', 'csv'], {input: '-- how many?\nSELECT count(*) AS n\nFROM points;\n'});
  assert.deepEqual([status, out], [0, 'n\r\n5\r\n'], said);
  refused(['sql', '--db', db], 'there is no statement');
});

test('what sql refuses, with what to do', async (t) => {
  const db = await databaseFor(t, fill);
  refused(['sql', '--db', db, 'SELECT train_los FROM points'], 'no such column: train_los');
  refused(['sql', '--db', db, 'SELECT valu FROM points'], 'did you mean value?');
  refused(['sql', '--db', db, 'SELECT * FROM point'], 'there are runs, metrics, points');
  refused(['sql', '--db', db, 'DELETE FROM runs'], 'only answers questions');
  refused(['sql', '--db', db, `ATTACH '${db}.new' AS n`], '--db');
  refused(['sql', '--db', db, `VACUUM INTO '${db}.new'`], 'only answers questions');
  assert.ok(!existsSync(`${db}.new`));
  refused(['sql', '--db', db, 'SELECT', '1'], 'in quotes');
  refused(['sql', '--db', db, '--format', 'xml', 'SELECT 1'], 'table, csv, json or ndjson, not "xml"');
  refused(['sql', '--db', `${db}.not`, 'SELECT 1'], 'no such database');
  assert.ok(!existsSync(`${db}.not`));
  refused(['sql', '--db', binary, 'SELECT 1'], 'not an epochd database', 3);
  refused(['sql', '--fromat', 'csv'], 'did you mean --format');
});

test('a reader of the answer may leave early', async (t) => {
  const db = await databaseFor(t, async (server) => server.postEpochs('a', goodRun(20000)));
  const child = spawn('sh', ['-c', '"$0" sql --db "$1" --format csv "SELECT * FROM points" | head -n 1', binary, db]);
  let out = '', said = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (said += data));
  await new Promise((done) => child.on('close', done));
  assert.deepEqual([out, said], ['run,metric,step,value,nonfinite,time,time_ms\r\n', '']);
});

test('export is the table over HTTP, in each format', async (t) => {
  const server = await serverFor(t);
  const db = join(server.folder, 't.db');
  await server.postEpochs('a', goodRun(3000));
  for (const format of ['csv', 'json', 'ndjson']) {
    const table = await (await server.get(`/api/v1/runs/a/epochs?format=${format}`)).text();
    assert.equal(good('export', '--db', db, '--format', format, 'a'), table);
    if (format === 'csv') assert.equal(good('export', '--db', db, 'a'), table);
  }
  refused(['export', '--db', db], 'which run?');
  refused(['export', '--db', db, 'a', 'b'], 'one run at a time');
  refused(['export', '--db', db, 'b'], 'there is no run b');
  refused(['export', '--db', db, '--format', 'table', 'a'], 'json, csv or ndjson, not "table"');
  refused(['export', '--db', `${db}.not`, 'a'], 'no such database');
});

test('compact: the lock, a dry run beside a server, thinning and the trash', async (t) => {
  const server = await serverFor(t);
  const db = join(server.folder, 't.db');
  await server.postEpochs('a', goodRun(5000));
  await server.postEpochs('b', few.slice(0, 1));
  await server.del('/api/v1/runs/b');
  refused(['compact', '--db', db], `pid ${server.pid}`, 3);
  const all = ['--points', '100', '--older-than', '0h', '--purge-trash-older-than', '0d'];
  const told = good('compact', '--db', db, '--dry-run', ...all);
  assert.match(told, /^runs in the trash: 1 would be ended, with 2 points\n/);
  assert.match(told, /old runs: 3 metrics would be thinned, from 15000 to \d+ points\n/);
  assert.match(told, /nothing was changed/);
  assert.equal(good('sql', '--db', db, '--format=csv', 'SELECT points FROM runs').split('\r\n')[1], '15000');
});

test('compact keeps the figures of what it thins', async (t) => {
  const db = await databaseFor(t, async (server) => {
    const records = goodRun(5000);
    records[1233].train_loss = 42;
    await server.postEpochs('a', records);
    await server.postEpochs('b', few.slice(0, 1));
    await server.del('/api/v1/runs/b');
  });
  const figures = () => good('sql', '--db', db, '--format=csv', 'SELECT name, min, min_step, max, max_step, last, last_step FROM metrics');
  const before = figures();
  assert.doesNotMatch(good('compact', '--db', db, '--points', '100', '--older-than', '1h', '--purge-trash-older-than', '1w'), /[1-9]\d* (ended|metrics thinned)/);
  const done = good('compact', '--db', db, '--points=100', '--older-than=0h', '--purge-trash-older-than=0d');
  assert.match(done, /^runs in the trash: 1 ended, with 2 points\nold runs: 3 metrics thinned, from 15000 to \d+ points\n/);
  assert.match(done, /the database took \d+\.\d MiB, now \d+\.\d MiB\n$/);
  assert.equal(figures(), before);
  assert.match(before, /train_loss,[\d.]+,5000,42,1234,/);
  assert.ok(Number(good('sql', '--db', db, '--format=csv', 'SELECT points FROM runs').split('\r\n')[1]) <= 300);
  assert.equal(good('sql', '--db', db, '--format=csv', 'SELECT * FROM trash').split('\r\n').length, 2);
});

test('serve --trash-days ends what has been in the trash for so long', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  const clock = join(folder.path, 'clock.so'), days = 40;
  const made = spawnSync(process.env.CC ?? 'gcc', ['-shared', '-fPIC', `-DAHEAD_S=${days * 86400}`, '-o', clock, join(root, 'tests/support/clock_ahead.c')]);
  assert.equal(made.status, 0, String(made.stderr));
  // A sanitizer wants to be loaded first, but does not need to.
  const env = {LD_PRELOAD: clock, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`};
  let server = await start({folder: folder.path});
  for (let i = 0; i < 10; i++) {
    await server.postEpochs(`r${i}`, few.slice(0, 1));
    if (i) await server.del(`/api/v1/runs/r${i}`);
  }
  await server.stop();
  const left = async () => (await (await server.get('/api/v1/runs?trash=true')).json()).runs.length;
  server = await start({folder: folder.path, args: ['--trash-days', '41'], env});
  await server.postEpochs('r0', few.slice(0, 1)); // the look was before it
  assert.equal(await left(), 9);
  await server.stop();
  server = await start({folder: folder.path, args: ['--trash-days=39'], env});
  await server.postEpochs('r0', few.slice(0, 1));
  assert.equal(await left(), 1, 'eight at a time');
  assert.match(server.output(), /8 runs were in the trash for long: ended/);
  assert.equal((await (await server.get('/api/v1/runs')).json()).runs.length, 1);
  assert.deepEqual(await server.stop(), {code: 0, signal: null});
  for (const wrong of ['0', '-1', '36501', 'x']) refused(['serve', '--db', `${folder.path}/n.db`, '--trash-days', wrong], `1 to 36500, not: ${wrong}`);
});

test('what compact refuses', async (t) => {
  const db = await databaseFor(t, fill);
  refused(['compact', '--db', db, 'x'], 'no further words');
  refused(['compact', '--db', db, '--points', '500'], 'go together');
  refused(['compact', '--db', db, '--older-than', '5d'], 'go together');
  refused(['compact', '--db', db, '--points', '99', '--older-than', '5d'], '100 to 1000000, not "99"');
  for (const age of ['5', 'd', '5m', '-1d', '1.5d', '']) refused(['compact', '--db', db, '--purge-trash-older-than', age], `not "${age}"`);
  refused(['compact', '--db', `${db}.not`], 'there is no such database');
  assert.ok(!existsSync(`${db}.not`));
  refused(['compact', '--db', binary], '', 3);
});

test('sql: a text that JSON cannot hold as it is stays whole, and the answer is JSON', async (t) => {
  const db = await databaseFor(t, fill);
  const statement = `SELECT 'a' || char(0) || 'b' AS nul, CAST(x'61ff62' AS TEXT) AS "bad", CAST(x'c3' AS TEXT) AS cut, 'é' AS good, -5 AS n`;
  const row = {nul: 'a\0b', bad: 'a\ufffdb', cut: '\ufffd', good: 'é', n: -5};
  assert.deepEqual(JSON.parse(good('sql', '--db', db, '--format=json', statement)), [row]);
  assert.deepEqual(JSON.parse(good('sql', '--db', db, '--format=ndjson', statement)), row);
});

test('a folder is no database, and a file that cannot be read is wrong usage', async (t) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  for (const words of [['sql', '--db', folder.path, 'SELECT 1'], ['export', '--db', folder.path, 'a'], ['compact', '--db', folder.path]]) refused(words, 'this is a folder: name the database in it');
  assert.ok(!existsSync(`${folder.path}.lock`));
  const db = join(folder.path, 'new.db');
  for (const file of ['..', 'nope.csv']) {
    refused(['import', '--db', db, '--run', 'a', file], file);
    assert.equal(epochd(['check', file]).status, 2);
    assert.ok(!existsSync(db));
  }
});

test('compact says that a reader keeps the space', async (t) => {
  const db = await databaseFor(t, async (server) => server.postEpochs('a', goodRun(20000)));
  // Its answer fills the pipe, and then it waits with its snapshot.
  const reader = spawn(binary, ['sql', '--db', db, '--format=csv', 'SELECT * FROM points'], {stdio: ['ignore', 'pipe', 'inherit']});
  const ended = new Promise((done) => reader.once('exit', done));
  t.after(() => (reader.kill(), ended));
  await new Promise((done) => reader.stdout.once('readable', done));
  assert.match(good('compact', '--db', db), /a reader has it open: the space comes back/);
  reader.kill();
  await ended;
  assert.doesNotMatch(good('compact', '--db', db), /a reader has it open/);
});

test('a reader who may not write the folder is told what for', {skip: process.getuid() !== 0 && 'needs to become another user'}, async (t) => {
  const db = await databaseFor(t, fill), folder = join(db, '..'), program = join(folder, 'epochd');
  copyFileSync(binary, program);
  chmodSync(folder, 0o755);
  const {status, stderr} = spawnSync(program, ['sql', '--db', db, 'SELECT id FROM runs'], {encoding: 'utf8', uid: 65534, gid: 65534});
  assert.equal(status, 3, stderr);
  assert.match(stderr, /t\.db: to read it t\.db-shm must be made in its folder/);
});
