// The page of one run: findings, schedule, zoom, crosshair, what can be done with it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {overfitting, workingDay} from '../support/runs.mjs';
import {cells, chart, drawn, heading, screenshot, setUp} from './browser.mjs';

const held = await setUp({fill: workingDay});

async function openRun(id, query = '') {
  const page = await held.open(`/run/${id}${query}`);
  await drawn(page, 'loss');
  return page;
}
// Moves the crosshair with the keyboard and returns what a screen reader is told.
async function readAt(page, name, key) {
  const overlay = chart(page, name).locator('.overlay');
  await overlay.focus();
  await page.keyboard.press(key);
  const spoken = overlay.locator('[aria-live]');
  await spoken.filter({hasText: /\d/}).waitFor({state: 'attached'});
  return spoken.innerText();
}

test('findings of an overfitting run are drawn on the chart and listed with evidence and advice', async () => {
  const page = await openRun('resnet50-aug2-s3');
  const card = page.locator('article.finding', {hasText: 'Overfitting'});
  await card.waitFor();
  assert.match(await card.locator('.when').innerText(), /^since epoch \d+$/);
  assert.ok(await card.locator('.evidence tr').count() >= 2);
  assert.ok(await card.locator('.advice li').count() >= 1);
  const tab = chart(page, 'loss').getByRole('button', {name: /Overfitting, show finding/});
  await tab.waitFor();
  // The band is painted: under the tab the plot is not the panel's white.
  const box = await tab.boundingBox(), canvas = chart(page, 'loss').locator('canvas');
  const area = await canvas.boundingBox();
  const colour = await canvas.evaluate((node, [x, y]) => {
    const scale = node.width / node.clientWidth;
    return [...node.getContext('2d').getImageData(x * scale, y * scale, 1, 1).data];
  }, [box.x - area.x + 40, box.y - area.y + 30]);
  assert.ok(colour[3] > 0 && colour[3] < 255, `a tint is expected, found ${colour}`);
  await tab.click();
  await page.waitForURL('**f=overfitting*');
  await page.locator('article.finding.open', {hasText: 'Overfitting'}).waitFor();
  await page.done();
});

test('the server is asked why a rule speaks', async () => {
  const page = await openRun('resnet50-aug2-s3');
  await page.locator('article.finding', {hasText: 'Overfitting'}).getByRole('button', {name: 'Why?'}).click();
  assert.match(await page.locator('.finding .about').innerText(), /\w+ \w+/);
  await page.getByRole('link', {name: 'All about this rule'}).click();
  const heading = page.locator('h2#overfitting');
  await heading.waitFor();
  await page.waitForFunction(() => document.querySelector('h2#overfitting').getBoundingClientRect().top < 120);
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, '/docs/diagnosis#overfitting');
  await page.goBack();
  await page.locator('article.finding', {hasText: 'Overfitting'}).waitFor();
  await page.done();
});

test('a finding is muted with a reason, told as muted, and taken back', async () => {
  const page = await openRun('resnet50-aug2-s3');
  const card = page.locator('article.finding', {hasText: 'Overfitting'});
  await card.getByRole('button', {name: 'Mute'}).click();
  await page.getByLabel('Why does it not matter here?').fill('known: <b>tiny</b> validation set');
  await screenshot(page, 'run-mute-form');
  await page.keyboard.press('Enter');
  await card.waitFor({state: 'detached'});
  assert.equal(await page.evaluate(() => document.activeElement.id), 'findings-title');
  await page.getByText('1 muted rule').click();
  const muted = page.locator('.quiet-list li', {hasText: 'Overfitting'});
  assert.match(await muted.innerText(), /known: <b>tiny<\/b> validation set/);
  assert.match(await page.locator('.stats').innerText(), /Verdict\s+Watch\s+1 warning\b/);
  await screenshot(page, 'run-muted');
  await muted.getByRole('button', {name: 'Unmute Overfitting'}).click();
  await card.waitFor();
  await page.done();
});

test('what came and went is listed', async () => {
  const page = await openRun('resnet50-aug2-s3');
  await held.server.postEpochs('flap', overfitting(40));
  await held.server.postEpochs('flap', overfitting(40).map((row) => ({...row, val_loss: row.train_loss + 0.1})));
  await held.server.patch('/api/v1/runs/flap', {note: 'after the verdict'});
  await page.goto(`${held.server.url}/run/flap`);
  await page.getByText(/findings? came and went/).click();
  assert.match(await page.locator('.quiet-list li', {hasText: 'Overfitting'}).innerText(), /epoch 40 – 40 · val_loss/);
  await page.done();
});

test('the scorecard answers its five questions', async () => {
  const page = await openRun('resnet50-aug2-s3');
  const items = page.locator('.score li');
  await items.nth(4).waitFor();
  assert.deepEqual(await page.locator('.score b').allInnerTexts(), [
    'Training loss falls smoothly', 'Validation loss falls smoothly', 'Learning rate follows schedule',
    'Validation loss not rising', 'Better than a constant learning rate']);
  await page.done();
});

test('the learning rate stands beside its reference', async () => {
  const page = await openRun('resnet50-aug2-s3');
  await chart(page, 'lr').getByRole('button', {name: 'reference cosine'}).waitFor();
  const spoken = await readAt(page, 'lr', 'Home');
  assert.equal(spoken, 'epoch 1, lr 3e-4, reference cosine 3e-4');
  assert.match(await chart(page, 'lr').locator('.hint').innerText(), /max deviation .*%/);
  await page.done();
});

test('the crosshair reads the values that the table shows', async () => {
  const page = await openRun('resnet50-aug2-s3');
  const last = overfitting().pop();
  const spoken = await readAt(page, 'loss', 'End');
  assert.equal(spoken, `epoch 31, val ${last.val_loss}, train ${last.train_loss}`);
  assert.deepEqual((await cells(page, 'table.epochs'))[0].slice(0, 3), ['31', last.train_loss.toFixed(4), last.val_loss.toFixed(4)]);
  // One crosshair for all charts, and the table's row.
  assert.equal(await page.locator('.cross-line').count(), 6);
  assert.equal(await page.locator('table.epochs tr.at th').innerText(), '31');
  await page.done();
});

test('dragging zooms all charts, asks the server for that range, and a double click resets', async () => {
  const page = await openRun('gpt-small');
  await page.getByText(/of 12,060 points drawn/).waitFor();
  const box = await chart(page, 'loss').locator('.overlay').boundingBox();
  const asked = page.waitForRequest((request) => /\/series\?.*from=/.test(request.url()));
  await page.mouse.move(box.x + box.width * 0.5, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 120, {steps: 4});
  await page.mouse.up();
  const query = new URL((await asked).url()).searchParams;
  const from = Number(query.get('from')), to = Number(query.get('to'));
  assert.ok(from > 4500 && to < 8000 && to - from > 800, `from ${from} to ${to}`);
  assert.ok(Number(query.get('points')) <= 1000);
  await page.locator('.chip', {hasText: 'steps'}).waitFor();
  assert.match(page.url(), /from=\d+.*to=\d+/);
  await chart(page, 'lr').locator('.overlay').dblclick();
  await page.locator('.chip').waitFor({state: 'detached'});
  assert.doesNotMatch(page.url(), /from=/);
  await page.done();
});

test('NaN and infinity are marked, not dropped', async () => {
  await held.server.post('/api/v1/runs/nan/epochs',
    '{"epoch":1,"train_loss":1,"val_loss":1}\n{"epoch":2,"train_loss":NaN,"val_loss":0.5}\n{"epoch":3,"train_loss":Infinity,"val_loss":0.25}\n',
    'application/x-ndjson');
  const page = await openRun('nan');
  await page.getByText('✕ 2 NaN or infinite values').waitFor();
  assert.deepEqual((await cells(page, 'table.epochs')).map((row) => row[1]), ['∞', 'NaN', '1.00']);
  await page.done();
});

test('x axis, smoothing, log, clipping and findings answer to keys', async () => {
  const page = await openRun('gpt-small');
  for (const [key, url] of [['e', 'x=epoch'], ['l', 'y=log'], ['s', 'hl='], ['o', 'clip=0']]) {
    await page.keyboard.press(key);
    await page.waitForURL(`**${url}*`);
  }
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await page.keyboard.press('/');
  await page.keyboard.type('l');
  assert.match(page.url(), /y=log/, 'a letter typed in the search is no shortcut');
  await page.done();
});

for (const [mode, pattern] of [['relative', /^(\d+ m|1 h)/], ['time', /^23 Nov 2026/], ['epoch', /^epoch \d/]]) {
  test(`the x axis can show ${mode}`, async () => {
    const page = await openRun('gpt-small', `?x=${mode}`);
    assert.match(await readAt(page, 'loss', 'End'), pattern);
    await page.done();
  });
}

test('smoothing asks the server for its half-life and keeps the raw envelope', async () => {
  const page = await held.open('/run/gpt-small');
  const asked = page.waitForRequest((request) => /half_life=100/.test(request.url()));
  await drawn(page, 'loss');
  await page.getByLabel('Smoothing half-life').evaluate((slider) => {
    slider.value = '7';
    slider.dispatchEvent(new Event('input', {bubbles: true}));
  });
  await asked;
  await page.waitForURL('**hl=100*');
  await page.done();
});

test('a legend entry hides its line, and the URL keeps that', async () => {
  const page = await openRun('resnet50-aug2-s3');
  await chart(page, 'loss').getByRole('button', {name: 'train', exact: true}).click();
  await page.waitForURL('**hide=train_loss*');
  await page.reload();
  await drawn(page, 'loss');
  assert.match(await readAt(page, 'loss', 'End'), /^epoch 31, val [\d.]+$/);
  await page.done();
});

test('a run can be renamed, gets a baseline, goes to the trash and comes back', async () => {
  await held.server.postEpochs('doomed', [{epoch: 1, train_loss: 1}]);
  const page = await openRun('doomed');
  await page.getByRole('button', {name: 'Rename this run'}).click();
  await page.getByLabel('Name of this run').fill('Kept after all');
  await page.keyboard.press('Enter');
  await heading(page, 'Kept after all').waitFor();
  await page.getByRole('combobox', {name: 'Baseline'}).focus();
  await page.locator('.head option', {hasText: 'resnet50-aug1-s3'}).waitFor({state: 'attached'});
  await page.getByRole('combobox', {name: 'Baseline'}).selectOption('resnet50-aug1-s3');
  await page.getByText('Baseline is now resnet50-aug1-s3').waitFor();
  assert.equal((await (await held.server.get('/api/v1/runs/doomed')).json()).baseline, 'resnet50-aug1-s3');
  await page.getByRole('button', {name: 'Delete'}).click();
  await page.waitForURL('**/runs');
  await page.locator('table.runs').waitFor();
  assert.equal(await page.getByRole('link', {name: 'Kept after all'}).count(), 0);
  await page.getByRole('button', {name: 'Undo'}).click();
  await page.getByRole('link', {name: 'Kept after all'}).waitFor();
  await page.done();
});

test('parameters that differ from the baseline are marked', async () => {
  const page = await openRun('resnet50-aug2-s3');
  const differing = page.locator('.pairs .differs');
  await differing.nth(1).waitFor();
  assert.deepEqual(await differing.allInnerTexts(), ['0.050.01', 'aug1aug2']);
  await page.done();
});

test('the CSV link gives every row', async () => {
  const page = await openRun('gpt-small');
  const href = await page.locator('.table-card a', {hasText: 'CSV'}).getAttribute('href');
  const text = await (await held.server.get(href)).text();
  assert.equal(text.trim().split('\n').length, 12_001);
  await page.done();
});

test('an address without a run says so', async () => {
  const page = await held.open('/run/no-such-run');
  await heading(page, 'No run no-such-run').waitFor();
  await page.done();
});

test('names, metrics, tags and notes of any characters are text', async () => {
  const evil = '<img src=x onerror=alert(1)>', metric = 'loss/<b>%&"\'ünï✓';
  await held.server.post('/api/v1/runs', {id: 'hostile', name: evil, project: '<script>alert(2)</script>',
    tags: {'<i>': '"><svg onload=alert(3)>'}, note: '<a href=javascript:alert(4)>x</a>', config: {'a<b>': '</dd><script>alert(5)</script>'}});
  await held.server.postEpochs('hostile', [{epoch: 1, [metric]: 1, val_loss: 1}, {epoch: 2, [metric]: 0.5, val_loss: 0.5}]);
  const page = await openRun('hostile');
  await heading(page, evil).waitFor();
  await heading(page, metric).waitFor();
  await page.getByText('<a href=javascript:alert(4)>x</a>', {exact: true}).waitFor();
  assert.equal(await page.locator('main img, main script, main i i, main svg[onload]').count(), 0);
  await page.goto(`${held.server.url}/runs`);
  await page.getByRole('link', {name: evil}).waitFor();
  await page.done();
});

test('a run without a point yet can be opened, and its first point is drawn', async () => {
  await held.server.post('/api/v1/runs', {id: 'planned', name: 'Planned', epochs: 10});
  const page = await openRun('planned');
  await heading(page, 'Planned').waitFor();
  await page.locator('.live.on').waitFor();
  await held.server.postEpochs('planned', [{epoch: 1, train_loss: 0.5, val_loss: 0.75, lr: 0.1}]);
  await page.locator('table.epochs tbody th', {hasText: /^1/}).waitFor();
  await chart(page, 'loss').locator('canvas[aria-label*="0.75"]').waitFor({state: 'attached'});
  await page.done();
});
