// The run list, compare; the URL as the state.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {workingDay} from '../support/runs.mjs';
import {axe, cells, chart, drawn, heading, NARROW, screenshot, setUp, WIDE} from './browser.mjs';

const held = await setUp({fill: workingDay});

const names = (page) => page.locator('table.runs tbody th a').allInnerTexts();

test('the documents are readable without the network, light and dark, wide and narrow', async () => {
  for (const [theme, viewport] of [['light', WIDE], ['dark', NARROW]]) {
    const page = await held.open('/docs', {theme, viewport});
    await page.locator('.doc h1').waitFor();
    for (const link of await page.locator('.docs-list a').all()) {
      const title = await link.innerText();
      await link.click();
      await page.locator('.doc h1', {hasText: title}).waitFor();
      const broken = await page.locator('.doc a[href^="/docs/"], .doc a[href^="#"]').evaluateAll((links) => {
        const documents = [...document.querySelectorAll('.docs-list a')].map((a) => a.pathname);
        return links.filter((a) => !documents.includes(a.pathname) || (a.pathname === location.pathname && a.hash && !document.getElementById(decodeURIComponent(a.hash.slice(1)))))
          .map((a) => a.getAttribute('href'));
      });
      assert.deepEqual(broken, [], title);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${title} is ${wide} px too wide`);
      assert.deepEqual(await axe(page), [], title);
    }
    await page.locator('.docs-list a', {hasText: 'What epochd says'}).click();
    await page.locator('.doc h1', {hasText: 'What epochd says'}).waitFor();
    await page.goto(`${held.server.url}/docs/diagnosis#%`);
    await page.locator('.doc h1').waitFor();
    await screenshot(page, `docs-${theme}`, {fullPage: false});
    await page.done();
  }
});

test('the pictures of the documents come when they are seen, and nothing moves', async () => {
  const page = await held.open('/docs/diagnosis', {theme: 'dark', viewport: NARROW}), asked = new Set();
  page.on('request', (request) => request.url().endsWith('.svg') && asked.add(request.url()));
  await page.reload();
  const pictures = page.locator('.doc img');
  await pictures.first().waitFor();
  const height = () => page.evaluate(() => document.documentElement.scrollHeight);
  const before = await height();
  await page.waitForLoadState('networkidle');
  const all = await pictures.count();
  assert.ok(asked.size < all, `${asked.size} of ${all} were loaded at once`);
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    await picture.evaluate((img) => img.decode());
  }
  assert.equal(await height(), before);
  await page.done();
});

test('the search narrows the list as one types, and the URL says so', async () => {
  const page = await held.open('/runs');
  await page.locator('table.runs tbody th').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('resnet aug1');
  await page.getByText('1 run of 15').waitFor();
  assert.deepEqual(await names(page), ['resnet50-aug1-s3']);
  await page.waitForURL('**/runs?q=resnet+aug1');
  await page.getByRole('searchbox').fill('nothing like this');
  await heading(page, 'No run matches').waitFor();
  await page.getByRole('button', {name: 'Clear the filter'}).click();
  await page.getByText('15 runs').waitFor();
  await page.done();
});

test('project, state and order are chosen by a click and survive a reload', async () => {
  const page = await held.open('/runs');
  await page.getByRole('combobox', {name: 'Project'}).selectOption('sweep');
  await page.getByRole('combobox', {name: 'State'}).selectOption('failed');
  await page.getByRole('button', {name: 'Run', exact: true}).click();
  await page.waitForURL('**/runs?project=sweep&status=failed&sort=name');
  await page.reload();
  await page.locator('table.runs tbody th').first().waitFor();
  assert.deepEqual(await names(page), ['vit-tiny-lr10', 'vit-tiny-lr5']);
  assert.equal(await page.locator('th[aria-sort="ascending"]').innerText(), 'Run ↑');
  await page.done();
});

test('a row tells verdict, findings, best and last values, and draws its curve', async () => {
  const page = await held.open('/runs?q=aug2');
  const row = page.locator('table.runs tbody tr', {hasText: 'resnet50-aug2-s3'});
  await row.locator('.spark path[d^="M"]').waitFor({state: 'attached'});
  assert.match(await row.locator('.badge').innerText(), /Watch|Bad/);
  assert.match(await row.locator('.column-best-val_loss').innerText(), /^0\.\d+ @\d+$/);
  assert.match(await row.locator('.column-findings').innerText(), /\d/);
  await page.done();
});

test('chosen runs are compared: curves, results against the baseline, differing parameters', async () => {
  const page = await held.open('/runs?q=resnet');
  for (const name of ['resnet50-aug1-s3', 'resnet50-aug2-s3']) await page.getByLabel(`Choose ${name}`).check();
  await page.getByRole('link', {name: 'Compare'}).click();
  await page.waitForURL('**/compare?runs=resnet50-aug1-s3,resnet50-aug2-s3');
  await drawn(page, 'compare');
  await page.locator('table.results tbody tr').nth(1).waitFor();
  const rows = await cells(page, 'table.results');
  assert.deepEqual(rows.map((row) => row[1]).sort(), ['resnet50-aug1-s3', 'resnet50-aug2-s3']);
  await page.locator('table.results tr', {hasText: 'aug1'}).getByRole('button', {name: 'Set baseline'}).click();
  await page.waitForURL('**base=resnet50-aug1-s3*');
  await page.locator('table.results tr', {hasText: 'aug2'}).locator('.verdict-worse').waitFor();
  const differences = await cells(page, 'table.differences');
  assert.deepEqual(differences.sort(), [['augment', 'aug1', 'aug2'], ['weight_decay', '0.05', '0.01']]);
  await page.getByLabel('Metric').selectOption('train_loss');
  await page.waitForURL('**metric=train_loss*');
  await heading(page, 'Training loss').waitFor();
  await page.getByRole('button', {name: 'Take resnet50-aug1-s3 out'}).click();
  await page.waitForURL((url) => url.searchParams.get('runs') === 'resnet50-aug2-s3');
  await page.done();
});

test('a run can be added to a comparison', async () => {
  const page = await held.open('/compare?runs=sweep-1');
  await drawn(page, 'compare');
  await page.getByRole('combobox', {name: 'Add a run'}).focus();
  await page.locator('option[value="sweep-2"]').waitFor({state: 'attached'});
  await page.getByRole('combobox', {name: 'Add a run'}).selectOption('sweep-2');
  await heading(page, 'Compare 2 runs').waitFor();
  await page.locator('table.results tbody tr').nth(1).waitFor();
  await page.done();
});

for (const path of [
  '/runs?q=vit&project=sweep&status=finished&sort=-best.val_loss&runs=sweep-1,sweep-2',
  '/run/gpt-small?x=relative&y=log&hl=50&clip=0&findings=0&from=1000&to=5000&hide=val_loss&pin=2000',
  '/run/resnet50-aug2-s3?f=overfitting-val_loss',
  '/compare?runs=sweep-1,sweep-2,sweep-3&base=sweep-2&metric=train_loss&x=time&y=log&hl=2&hide=sweep-3',
  '/plan?epochs=90&cycles=3&base_lr=0.3&eta_min=0.001&warmup=5',
  '/plan?y=log&hide=c&pin=7&steps=4000&a=none&b=my+run*LinearLR~total_iters:400!400!CosineAnnealingLR~T_max:3600&c=MultiStepLR~milestones:2000,3000&on=c&code=keras&run=sweep-1',
]) {
  test(`a view is its URL: ${path}`, async () => {
    const page = await held.open(path);
    await page.locator('main h1').waitFor();
    const place = () => { const url = new URL(page.url()); return url.pathname + url.search; };
    assert.equal(place(), path);
    await page.keyboard.press('d');     // a change that is no part of the URL
    await page.locator('html[data-theme="dark"]').waitFor();
    assert.equal(place(), path);
    await page.reload();
    await page.locator('main h1').waitFor();
    assert.equal(place(), path);
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark', 'the theme is remembered');
    await page.done();
  });
}

test('settings of the URL are on the controls', async () => {
  const page = await held.open('/run/gpt-small?x=relative&y=log&hl=50&clip=0&findings=0&from=1000&to=5000');
  await drawn(page, 'loss');
  assert.deepEqual(await page.locator('.tools [aria-pressed="true"]').allInnerTexts(), ['Relative', 'Log']);
  assert.equal(await page.locator('.smoothing output').innerText(), '50 steps');
  assert.equal(await page.getByLabel('Clip outliers').isChecked(), false);
  assert.equal(await page.getByRole('checkbox', {name: 'Findings'}).isChecked(), false);
  assert.equal(await page.locator('.chip').innerText(), 'steps 1,000 – 5,000');
  await page.done();
});

test('Back undoes, Forward does again', async () => {
  const page = await held.open('/runs');
  await page.getByRole('link', {name: 'resnet50-aug2-s3'}).click();
  await drawn(page, 'loss');
  await page.getByRole('button', {name: 'Log', exact: true}).click();
  await page.waitForURL('**y=log*');
  await page.goBack();
  await page.getByRole('button', {name: 'Lin', exact: true, pressed: true}).waitFor();
  await page.goBack();
  await heading(page, 'Runs').waitFor();
  await page.goForward();
  await heading(page, 'resnet50-aug2-s3').waitFor();
  await page.done();
});

test('a bad address says so, a bad value falls back', async () => {
  const page = await held.open('/run/resnet50-aug2-s3?x=banana&hl=-3&from=9&to=1');
  await drawn(page, 'loss');
  assert.deepEqual(await page.locator('.tools [aria-pressed="true"]').allInnerTexts(), ['Epoch', 'Lin']);
  await page.done();
});
