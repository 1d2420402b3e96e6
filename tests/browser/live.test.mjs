// The live stream when things go wrong: a server that goes away, a person who wants quiet.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {start, temporaryFolder} from '../support/epochd.mjs';
import {cells, drawn, setUp} from './browser.mjs';

const folder = await temporaryFolder();
const held = await setUp({folder: folder.path});
after(() => folder.remove());

const rows = async (page) => (await cells(page, 'table.epochs')).map((row) => Number.parseInt(row[0], 10));
const record = (epoch) => ({epoch, train_loss: 1 / epoch, val_loss: 1.1 / epoch, lr: 0.1});

test('the server goes and comes back while the page is open: nothing is lost, nothing twice', async () => {
  await held.server.postEpochs('restart', [record(1), record(2)]);
  const page = await held.open('/run/restart');
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  const listen = new URL(held.server.url).host;
  await held.server.stop();
  await page.locator('.live.off', {hasText: 'Offline'}).waitFor();
  await page.locator('canvas').first().waitFor();     // what was drawn stays
  assert.deepEqual(await rows(page), [2, 1]);
  held.server = await start({folder: folder.path, listen});
  await held.server.postEpochs('restart', [record(3)]);
  await page.locator('table.epochs tbody th', {hasText: /^3/}).waitFor({timeout: 40_000});
  await page.locator('.live.on').waitFor();
  await held.server.postEpochs('restart', [record(4)]);
  await page.locator('table.epochs tbody th', {hasText: /^4/}).waitFor();
  assert.deepEqual(await rows(page), [4, 3, 2, 1]);
  await page.done();
});

test('paused, points wait and are counted; then they come', async () => {
  await held.server.postEpochs('pause', [record(1)]);
  const page = await held.open('/run/pause');
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  await page.getByRole('button', {name: 'Pause live updates'}).click();
  await held.server.postEpochs('pause', [record(2)]);
  await held.server.postEpochs('pause', [record(3)]);
  await page.locator('.live', {hasText: /Paused.*2 new/}).waitFor();
  assert.deepEqual(await rows(page), [1]);
  await page.getByRole('button', {name: 'Resume live updates'}).click();
  await page.locator('table.epochs tbody th', {hasText: /^3/}).waitFor();
  assert.deepEqual(await rows(page), [3, 2, 1]);
  await page.done();
});

test('many posts in a short time all arrive', async () => {
  await held.server.postEpochs('burst', [record(1)]);
  const page = await held.open('/run/burst');
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  await Promise.all(Array.from({length: 60}, (_, i) => held.server.postEpochs('burst', [record(i + 2)])));
  await page.getByText('61 rows').waitFor();
  await page.locator('section[aria-labelledby="chart-loss"]').waitFor();
  await page.getByText('122 points', {exact: true}).waitFor();
  await page.done();
});

test('a correction of an old point replaces it', async () => {
  await held.server.postEpochs('correct', [record(1), record(2), record(3)]);
  const page = await held.open('/run/correct');
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  await held.server.postEpochs('correct', [{epoch: 2, val_loss: 0.0625}]);
  await page.locator('table.epochs tbody tr', {hasText: '0.0625'}).waitFor();
  assert.deepEqual(await rows(page), [3, 2, 1]);
  await page.done();
});
