// From an empty server to a live curve.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {exampleTable} from '../support/runs.mjs';
import {axe, cells, drawn, heading, screenshot, setUp} from './browser.mjs';

const held = await setUp();
const shell = (command) => promisify(execFile)('sh', ['-c', command]);

test('the empty page shows a curl command; running it opens the run', async () => {
  const page = await held.open('/');
  await heading(page, 'No runs yet').waitFor();
  assert.deepEqual(await axe(page), []);
  await screenshot(page, 'empty-light-wide');
  const command = await page.locator('pre').innerText();
  assert.match(command, new RegExp(`^curl ${held.server.url}/api/v1/runs/my-run/epochs`));
  await page.locator('.live.on').waitFor();
  const {stdout} = await shell(`${command} --silent --show-error`);
  assert.equal(JSON.parse(stdout).accepted, 1);
  await page.waitForURL('**/run/my-run');
  await heading(page, 'my-run').waitFor();
  await page.locator('table.epochs tbody th').first().waitFor();
  assert.deepEqual((await cells(page, 'table.epochs'))[0].slice(0, 4), ['1★ best', '0.85', '0.90', '0.1']);
  await page.done();
});

test('every other way to start on the empty page is shown', async () => {
  const page = await held.open('/runs');
  await page.getByRole('link', {name: 'my-run'}).waitFor();
  await held.server.del('/api/v1/runs/my-run');
  await heading(page, 'No runs yet').waitFor();
  for (const name of ['Python', 'PyTorch loop', 'A CSV file']) {
    await page.getByRole('button', {name, exact: true}).click();
    assert.match(await page.locator('pre').innerText(), /log\(|curl/);
  }
  await page.done();
});

test('the example table posted shows as exactly that table', async () => {
  await held.server.postEpochs('example', exampleTable);
  const page = await held.open('/run/example');
  await page.locator('table.epochs tbody tr').nth(3).waitFor();
  const head = await page.locator('table.epochs thead th').allInnerTexts();
  assert.deepEqual(head.slice(0, 4), ['Epoch', 'Training loss', 'Validation loss', 'Learning rate']);
  const rows = (await cells(page, 'table.epochs')).map((row) => row.slice(0, 4));
  assert.deepEqual(rows, [
    ['30★ best', '0.15', '0.20', '0.01'],
    ['3', '0.60', '0.65', '0.09'],
    ['2', '0.70', '0.75', '0.095'],
    ['1', '0.85', '0.90', '0.1'],
  ]);
  await page.done();
});

test('a point posted now is on the page without a reload', async () => {
  await held.server.postEpochs('live', [{epoch: 1, train_loss: 0.9, val_loss: 1.0, lr: 0.1}]);
  const page = await held.open('/run/live');
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  await page.evaluate(() => { window.stillHere = true; });
  const sent = Date.now();
  await held.server.postEpochs('live', [{epoch: 2, train_loss: 0.7, val_loss: 0.8125, lr: 0.09}]);
  await page.locator('table.epochs tbody th', {hasText: /^2/}).waitFor();
  const seen = Date.now() - sent;
  assert.deepEqual((await cells(page, 'table.epochs'))[0].slice(1, 4), ['0.700', '0.813', '0.09']);
  await page.locator('section[aria-labelledby="chart-loss"] canvas[aria-label*="to 0.8125"]').waitFor({state: 'attached'});
  assert.equal(await page.evaluate(() => window.stillHere), true);
  console.log(`# a live point was on the page ${seen} ms after it was posted`);
  await page.done();
});

test('a new metric of a run gets its chart without a reload', async () => {
  await held.server.postEpochs('live-metric', [{epoch: 1, train_loss: 0.9}]);
  const page = await held.open('/run/live-metric');
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  await held.server.postEpochs('live-metric', [{epoch: 2, train_loss: 0.8, grad_norm: 1.5}]);
  await drawn(page, 'metric-grad_norm');
  await page.done();
});

test('the run list learns of new runs and points', async () => {
  const page = await held.open('/runs');
  await page.locator('.live.on').waitFor();
  await held.server.postEpochs('newcomer', [{epoch: 1, train_loss: 0.5, val_loss: 0.625, lr: 0.1}]);
  const row = page.locator('table.runs tbody tr', {hasText: 'newcomer'});
  await row.locator('.column-last-val_loss', {hasText: '0.625'}).waitFor();
  await held.server.postEpochs('newcomer', [{epoch: 2, train_loss: 0.4, val_loss: 0.5, lr: 0.1}]);
  await row.locator('.column-last-val_loss', {hasText: '0.5'}).waitFor();
  await page.done();
});
