// What is newly found is posted to the services that the operator named.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createServer} from 'node:http';
import {writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {body, goodRun, serverFor} from './support.mjs';
import {binary, temporaryFolder} from '../support/epochd.mjs';

// A service that answers with these statuses in turn, the last one for ever; next() waits for
// its next request.
async function service(t, ...statuses) {
  const arrived = [], waiting = [];
  const http = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => {
      response.writeHead(statuses.length > 1 ? statuses.shift() : statuses[0] ?? 200, {location: '/elsewhere'}).end();
      const found = {url: request.url, method: request.method, headers: request.headers, data: JSON.parse(text)};
      waiting.length ? waiting.shift()(found) : arrived.push(found);
    });
  });
  await new Promise((ready) => http.listen(0, '127.0.0.1', ready));
  t.after(() => new Promise((done) => { http.close(done); http.closeAllConnections(); }));
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    arrived,
    next: () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve))),
  };
}

const N = 40;
const overfit = goodRun(N).map((row, i) => ({...row, val_loss: i < 10 ? 2 - i * 0.1 : 1 + (i - 10) * 0.04}));

test('a new finding is posted once, as JSON with a text for people', async (t) => {
  const slack = await service(t, 200);
  const server = await serverFor(t, {args: ['--webhook', `${slack.url}/hook?key=a=b`]});
  await body(server.post('/api/v1/runs', {id: 'r', name: 'the <!channel> & co\u202e', project: 'cifar'}), 201);
  await server.postEpochs('r', overfit);
  const {url, method, headers, data} = await slack.next();
  assert.deepEqual([method, url], ['POST', '/hook?key=a=b']);
  assert.match(headers['content-type'], /^application\/json/);
  assert.deepEqual([data.run, data.name, data.project, data.verdict], ['r', 'the <!channel> & co\u202e', 'cifar', 'bad']);
  assert.equal(data.finding.rule, 'overfitting');
  assert.equal(data.finding.severity, 'error');
  assert.ok(data.finding.advice && Object.keys(data.finding.evidence).length);
  assert.match(data.text, /^Overfitting \(error\) in run the &lt;!channel&gt; &amp; co  of cifar: Validation loss/);

  // it still holds with the next epochs: nobody is told again; NaN is new
  await server.postEpochs('r', [{...overfit[N - 1], epoch: N + 1}]);
  await body(server.post('/api/v1/runs/r/epochs', `{"epoch": ${N + 2}, "train_loss": NaN}`));
  assert.equal((await slack.next()).data.finding.rule, 'divergence');
});

// api.slack.com, "Formatting text": three characters are escaped; the marks of bold, italic,
// code and quotes cannot be, but `mrkdwn` switches them off.
for (const [name, project, metric, shown] of [
  ['<!channel> <@U1> <https://evil.example|click>', '', 'val_loss', 'run &lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|click&gt;: '],
  ['&lt;!here&gt; &amp; &', 'a<b>&', 'val_loss', 'run &amp;lt;!here&amp;gt; &amp;amp; &amp; of a&lt;b&gt;&amp;: '],
  ['*bold* _it_ ~gone~ `code` ```x', '*p*', 'val_loss', 'run *bold* _it_ ~gone~ `code` ```x of *p*: '],
  ['> quoted\u2028\u0085\u202e\u2066', '', 'val_loss', 'run &gt; quoted    : '],
  ['r', '', '<!everyone>*&_loss', 'run r: '],
]) {
  test(`nothing in a name commands Slack: ${JSON.stringify(name + project + metric)}`, async (t) => {
    const slack = await service(t, 200);
    const server = await serverFor(t, {args: ['--webhook', slack.url]});
    const roles = metric === 'val_loss' ? {} : {roles: {val_loss: metric}};
    await body(server.post('/api/v1/runs', {id: 'r', name, ...(project && {project}), ...roles}), 201);
    await server.postEpochs('r', overfit.map(({val_loss, ...row}) => ({...row, [metric]: val_loss})));
    const {data} = await slack.next();
    assert.equal(data.mrkdwn, false);
    assert.equal(data.name, name);
    assert.ok(data.text.includes(shown), data.text);
    assert.doesNotMatch(data.text, /[<>]|&(?!(amp|lt|gt);)/);
  });
}

test('each project has its own address, and information is not posted unless wanted', async (t) => {
  const all = await service(t, 204), mine = await service(t, 200);
  const {path: folder, remove} = await temporaryFolder();
  t.after(remove);
  writeFileSync(join(folder, 'hooks'), `${all.url}/all\nmine=${mine.url}/mine\n`);
  const server = await serverFor(t, {args: ['--webhook', `@${join(folder, 'hooks')}`, '--webhook-severity', 'info']});
  await server.postEpochs('r', goodRun(N).map(({epoch, train_loss}) => ({epoch, train_loss})));
  const told = [(await all.next()).data, (await all.next()).data];
  assert.deepEqual(told.map((d) => d.finding.rule).sort(), ['no_lr', 'no_validation']);
  assert.equal(mine.arrived.length, 0);
  await body(server.post('/api/v1/runs', {id: 'm', project: 'mine'}), 201);
  await server.postEpochs('m', overfit);
  assert.equal((await mine.next()).data.run, 'm');
  assert.equal((await all.next()).data.run, 'm');
});

test('a service that is away is tried again; ingest does not wait for it', async (t) => {
  const busy = await service(t, 503, 200);
  const server = await serverFor(t, {args: ['--webhook', busy.url]});
  await server.postEpochs('r', overfit);
  const first = await busy.next();
  const second = await busy.next();
  assert.deepEqual(second.data, first.data);
  let sent;
  do sent = await (await server.get('/metrics')).text(); while (!/^epochd_webhooks_sent_total 1$/m.test(sent));
  assert.match(sent, /^epochd_webhooks_failed_total 0$/m);
});

test('a refusal is final and a redirect is not followed', async (t) => {
  const stern = await service(t, 302);
  const server = await serverFor(t, {args: ['--webhook', stern.url]});
  await server.postEpochs('r', overfit);
  assert.equal((await stern.next()).url, '/');
  let figures;
  do figures = await (await server.get('/metrics')).text(); while (!/^epochd_webhooks_failed_total 1$/m.test(figures));
  assert.equal(stern.arrived.length, 0);
});

test('a service that hangs holds up no other, and one that never ends its answer has taken it', async (t) => {
  const good = await service(t, 200);
  let posts = 0;
  const hangs = createServer((request, response) => {
    request.resume().on('end', () => { posts++; response.writeHead(200).write('...'); });
  });
  await new Promise((ready) => hangs.listen(0, '127.0.0.1', ready));
  t.after(() => { hangs.close(); hangs.closeAllConnections(); });
  const server = await serverFor(t, {args: ['--webhook', `http://127.0.0.1:${hangs.address().port}/,${good.url}/`]});
  await server.postEpochs('r', overfit);
  await good.next();
  await body(server.post('/api/v1/runs/r/epochs', `{"epoch": ${N + 2}, "train_loss": NaN}`));
  assert.equal((await good.next()).data.finding.rule, 'divergence', 'the other one still waits for its answer');
  await server.stop();
  assert.ok(posts >= 1);
  assert.doesNotMatch(server.output(), /webhook: try 2/);
});

test('a finding that becomes an error is posted where errors are wanted, once', async (t) => {
  const errors = await service(t, 200);
  const server = await serverFor(t, {args: ['--webhook', errors.url, '--webhook-severity', 'error']});
  // a warning first, an error when the loss has climbed by half
  for (const end of [20, 25, 30, 35, N]) await server.postEpochs('r', overfit.slice(0, end));
  const {finding} = (await errors.next()).data;
  assert.deepEqual([finding.rule, finding.severity], ['overfitting', 'error']);
  await server.postEpochs('r', [{...overfit[N - 1], epoch: N + 1}]);
  await body(server.post('/api/v1/runs/r/epochs', `{"epoch": ${N + 2}, "train_loss": NaN}`));
  assert.equal((await errors.next()).data.finding.rule, 'divergence');
});

test('a muted rule is not posted', async (t) => {
  const quiet = await service(t, 200);
  const server = await serverFor(t, {args: ['--webhook', quiet.url]});
  await server.postEpochs('r', overfit.slice(0, 2));
  await body(server.put('/api/v1/runs/r/findings/overfitting/mute', {}));
  await server.postEpochs('r', overfit);
  await body(server.post('/api/v1/runs/r/epochs', `{"epoch": ${N + 2}, "train_loss": NaN}`));
  assert.equal((await quiet.next()).data.finding.rule, 'divergence');
});

test('stopping does not wait for a service that hangs', async (t) => {
  const sockets = new Set();
  const http = createServer(() => {}).on('connection', (socket) => sockets.add(socket));
  await new Promise((ready) => http.listen(0, '127.0.0.1', ready));
  t.after(() => { http.close(); http.closeAllConnections(); });
  const server = await serverFor(t, {args: ['--webhook', `http://127.0.0.1:${http.address().port}/`]});
  const connected = new Promise((resolve) => http.once('connection', resolve));
  await server.postEpochs('r', overfit);
  await connected;
  await server.stop();
  assert.match(server.output(), /aborted by an application callback/, 'the transfer was ended, not waited for');
  assert.match(server.output(), /not sent when stopping: 1/);
});

test('a webhook that cannot be one is refused at the start', () => {
  for (const [value, sentence] of [['ftp://x/y', /http:\/\/ or https:\/\//], ['@/nowhere/at/all', /cannot be read/], ['project=', /webhook 1 is no http:\/\//], ['', /no address/], ['@/', /cannot be read/], ['http://good/,secret-path', /webhook 2 is no/]]) {
    const run = spawnSync(binary, ['serve', '--listen', '127.0.0.1:0', '--webhook', value], {cwd: tmpdir(), encoding: 'utf8', timeout: 20000});
    assert.equal(run.status, 2, value);
    assert.match(run.stderr, sentence);
    assert.ok(!run.stderr.includes('secret-path'), 'what may be a secret is not shown');
  }
});
