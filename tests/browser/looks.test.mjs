// Every page, light and dark, wide and narrow: no accessibility fault, nothing sideways, a picture.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {join} from 'node:path';
import {mkdirSync} from 'node:fs';
import {root} from '../support/epochd.mjs';
import {workingDay} from '../support/runs.mjs';
import {axe, drawn, NARROW, screenshot, setUp, WIDE} from './browser.mjs';

const held = await setUp({fill: workingDay});

const pages = {
  runs: {path: '/runs?runs=resnet50-aug1-s3,resnet50-aug2-s3', ready: (page) => page.locator('.spark path[d^="M"]').first().waitFor({state: 'attached'})},
  run: {path: '/run/resnet50-aug2-s3?pin=23', ready: async (page) => {
    await drawn(page, 'metric-gpu_mem');
    await page.locator('.finding').first().waitFor();
    await page.locator('.differs').first().waitFor();
  }},
  steps: {path: '/run/gpt-small', ready: (page) => drawn(page, 'metric-grad_norm')},
  compare: {path: '/compare?runs=resnet50-aug2-s3,resnet50-aug1-s3,sweep-1&base=resnet50-aug1-s3', ready: async (page) => {
    await drawn(page, 'compare');
    await page.locator('table.results').waitFor();
  }},
  plan: {path: '/plan?cycles=2', ready: (page) => drawn(page, 'plan')},
  schedule: {path: '/plan?a=LinearLR~start_factor:0.01~total_iters:5!5!MultiStepLR~gamma:0', ready: (page) => page.locator('.field.wrong').waitFor()},
  four: {path: '/plan?warmup=5&b=two+cycles*CosineAnnealingWarmRestarts~T_0:25&c=OneCycleLR&d=in+steps*LinearLR~start_factor:0.01~total_iters:5!5!StepLR~step_size:15', ready: async (page) => {
    await page.locator('.compared tbody tr').nth(3).getByText('%').waitFor();
    await page.locator('.handle.turn').waitFor();
  }},
  missing: {path: '/run/nothing-here', ready: (page) => page.locator('.empty h1').waitFor()},
};

// Those that the documents show, and how much of them.
const pictures = {run: ['run.png', 1180], four: ['plan.png', 1130]};

for (const [name, {path, ready}] of Object.entries(pages)) {
  for (const theme of ['light', 'dark']) {
    for (const [size, viewport] of [['wide', WIDE], ['narrow', NARROW]]) {
      test(`${name}, ${theme}, ${size}: axe finds nothing and nothing runs out sideways`, async () => {
        const page = await held.open(path, {theme, viewport});
        await ready(page);
        assert.deepEqual(await axe(page), []);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${over} px wider than the window`);
        await screenshot(page, `${name}-${theme}-${size}`);
        if (process.env.UPDATE_DOCS === '1' && name in pictures && theme === 'light' && size === 'wide') {
          const [file, height] = pictures[name];
          mkdirSync(join(root, 'docs/img'), {recursive: true});
          await page.screenshot({path: join(root, 'docs/img', file), clip: {x: 0, y: 0, width: WIDE.width, height}, fullPage: true});
        }
        await page.done();
      });
    }
  }
}

test('320 px wide nothing runs out sideways', async () => {
  const page = await held.open(pages.run.path, {viewport: {width: 320, height: 700}});
  await pages.run.ready(page);
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);     // a chart may still be taking its width
  await page.done();
});

test('from the list to a finding by keyboard alone, with the focus always in sight', async () => {
  const page = await held.open('/runs?q=aug2');
  await page.getByRole('link', {name: 'resnet50-aug2-s3'}).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  const seen = new Set();
  for (let i = 0; i < 60; i++) {
    const [name, outlined] = await page.evaluate(() => {
      const node = document.activeElement, style = getComputedStyle(node);
      const within = node.closest('.find, .button.select');
      return [node.textContent || node.getAttribute('aria-label'), style.outlineStyle !== 'none' || (within && (getComputedStyle(within).boxShadow !== 'none' || getComputedStyle(within).outlineStyle !== 'none'))];
    });
    assert.ok(outlined, `no focus to be seen on ${name}`);
    seen.add(name);
    if (name === 'resnet50-aug2-s3' && await page.evaluate(() => document.activeElement.closest('table') !== null)) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await drawn(page, 'loss');
  await page.locator('.finding').first().waitFor();
  await page.keyboard.press(']');
  await page.waitForURL('**f=*');
  assert.match(await page.evaluate(() => document.activeElement.className), /finding/);
  await page.done();
});
