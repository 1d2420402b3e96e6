// Many runs: the list stays small in the page, an overlay of fifty is drawn.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {healthy} from '../support/runs.mjs';
import {drawn, setUp} from './browser.mjs';

const RUNS = 640, AT_ONCE = 16;
const held = await setUp({
  async fill(server) {
    for (let first = 0; first < RUNS; first += AT_ONCE) {
      await Promise.all(Array.from({length: AT_ONCE}, (_, i) =>
        server.postEpochs(`run-${first + i}`, healthy(20, first + i + 1))));
    }
  },
});

test('of 640 runs the page holds the rows in sight, and scrolling reaches the last', async () => {
  const page = await held.open('/runs?sort=name');
  await page.getByText(`${RUNS} runs`).waitFor();
  assert.ok(await page.locator('table.runs tr').count() < 80);
  assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 1500);
  await page.waitForFunction(() => {       // again while the list still grows
    const box = document.querySelector('.list-card .scroll');
    box.scrollTop = box.scrollHeight;
    return [...box.querySelectorAll('a')].some((link) => link.textContent === 'run-99');     // the last by name
  });
  assert.ok(await page.locator('table.runs tr').count() < 80);
  await page.locator('table.runs tr', {hasText: 'run-99'}).locator('.spark path[d^="M"]').first().waitFor({state: 'attached'});
  await page.done();
});

test('fifty runs lie over each other, and the tooltip names the nearest', async () => {
  const ids = Array.from({length: 50}, (_, i) => `run-${i}`);
  const page = await held.open(`/compare?metric=train_loss&runs=${ids}`);
  await drawn(page, 'compare');
  assert.equal(await page.locator('table.results tbody tr').count(), 50);
  await page.locator('section[aria-labelledby="chart-compare"] .overlay').hover();
  await page.getByText('+ 42 more').waitFor();
  assert.equal(await page.locator('.tip tbody tr').count(), 8);
  await page.done();
});
