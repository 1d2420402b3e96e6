// The charts of a run: zoom and move, what the picture must not hide, the data behind it, how often it is drawn.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {overfitting, workingDay} from '../support/runs.mjs';
import {axe, cells, chart, drawn, screenshot, setUp} from './browser.mjs';

const MILLION = 1_000_000, SPIKE_AT = 612_345;

// A million points in the same formula, one of them far above.
async function fillMillion(server) {
  let state = 7;
  for (let from = 1; from < MILLION; from += 250_000) {
    const rows = ['step,train_loss'];
    for (let step = from; step < from + 250_000; step++) {
      state = (state * 1664525 + 1013904223) >>> 0;
      rows.push(`${step},${step === SPIKE_AT ? 9 : (0.4 + 2 * Math.exp(-step / 2e5) + (state / 2 ** 32 - 0.5) * 0.05).toFixed(4)}`);
    }
    const answer = await server.post('/api/v1/runs/million/epochs', rows.join('\n'), 'text/csv');
    assert.ok(answer.ok, await answer.text());
  }
}

const held = await setUp({async fill(server) {
  await workingDay(server);
  await fillMillion(server);
  await server.postEpochs('odd', Array.from({length: 60}, (_, i) => ({
    epoch: i + 1, train_loss: i === 20 ? 0 : i === 33 ? -0.5 : 2 / (i + 1), val_loss: 2.2 / (i + 1), lr: 0.1})));
  await server.post('/api/v1/runs/odd/epochs', '{"epoch":41,"val_loss":NaN}\n{"epoch":50,"train_loss":Infinity}\n', 'application/x-ndjson');
}});

async function openRun(id, query = '', more = {}) {
  const page = await held.open(`/run/${id}${query}`, more);
  await drawn(page, 'loss');
  return page;
}
const box = (page, name = 'loss') => chart(page, name).locator('.overlay').boundingBox();
const shownRange = (page) => ['from', 'to'].map((name) => Number(new URL(page.url()).searchParams.get(name)));
// What a screen reader is told after a key.
async function spoken(page, name, key) {
  const overlay = chart(page, name).locator('.overlay');
  await overlay.focus();
  const live = overlay.locator('[aria-live]'), before = await live.innerText();
  await page.keyboard.press(key);
  await page.waitForFunction(([node, was]) => node.innerText !== was, [await live.elementHandle(), before]);
  return live.innerText();
}
const step = (text) => Number(/(?:step|epoch) ([\d,]+)/.exec(text)[1].replaceAll(',', ''));
// How many pixels in a part of a canvas, given in shares of it, are of the colour of a series.
const pixels = (page, name, part, series) => chart(page, name).locator('canvas').evaluate((node, [[x0, y0, x1, y1], number]) => {
  const colour = getComputedStyle(document.documentElement).getPropertyValue(`--c${number}`).trim();
  const want = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16));
  const w = node.width, h = node.height, left = Math.floor(x0 * w), top = Math.floor(y0 * h);
  const {data} = node.getContext('2d').getImageData(left, top, Math.ceil((x1 - x0) * w), Math.ceil((y1 - y0) * h));
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 90 && want.every((v, k) => Math.abs(data[i + k] - v) < 24)) found++;
  }
  return found;
}, [part, series]);

test('Ctrl and the wheel zoom about the pointer, the wheel alone scrolls the page', async () => {
  const page = await openRun('gpt-small'), at = await box(page);
  await page.mouse.move(at.x + at.width / 2, at.y + 100);
  await page.mouse.wheel(0, 120);
  await page.waitForFunction(() => scrollY > 0);
  assert.doesNotMatch(page.url(), /from=/);
  await page.evaluate(() => scrollTo(0, 0));
  await page.keyboard.down('Control');
  const entries = await page.evaluate(() => history.length);
  for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -150);
  await page.keyboard.up('Control');
  await page.locator('.chip').waitFor();
  await page.waitForURL('**from=*');
  await page.waitForTimeout(400);
  const [from, to] = shownRange(page);
  assert.ok(from > 2000 && to < 10_000 && from < 6000 && to > 6000, `${from} to ${to}`);
  assert.equal(await page.evaluate(() => history.length), entries + 1, 'one gesture, one step back');
  await page.goBack();
  await page.locator('.chip').waitFor({state: 'detached'});
  await page.done();
});

test('Shift and drag move the range, and never beyond the run', async () => {
  const page = await openRun('gpt-small', '?from=4000&to=6000'), at = await box(page);
  const pan = async (by) => {
    await page.keyboard.down('Shift');
    await page.mouse.move(at.x + at.width / 2, at.y + 100);
    await page.mouse.down();
    await page.mouse.move(at.x + at.width / 2 + by / 2, at.y + 100, {steps: 3});
    await page.mouse.move(at.x + at.width / 2 + by, at.y + 100, {steps: 3});
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await page.waitForTimeout(300);
  };
  await pan(-200);
  const [from, to] = shownRange(page);
  assert.ok(from > 4200 && from < 4800, String(from));
  assert.equal(to - from, 2000);
  for (let i = 0; i < 6; i++) await pan(at.width * 0.45);
  await page.waitForFunction(() => /from=1&/.test(location.href));
  assert.equal(shownRange(page)[1], 2001);
  await page.done();
});

test('two fingers zoom and move', async () => {
  const page = await openRun('gpt-small'), at = await box(page);
  await chart(page, 'loss').locator('.overlay').evaluate((node, [left, top, wide]) => {
    const send = (type, id, share) => node.dispatchEvent(new PointerEvent(type, {
      bubbles: true, pointerId: id, pointerType: 'touch', button: 0, clientX: left + wide * share, clientY: top + 100}));
    send('pointerdown', 1, 0.45);
    send('pointerdown', 2, 0.55);
    send('pointermove', 1, 0.3);
    send('pointermove', 2, 0.7);
    return new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => { send('pointerup', 1, 0.3); send('pointerup', 2, 0.7); done(); })); });
  }, [at.x, at.y, at.width]);
  await page.waitForURL('**from=*');
  const [from, to] = shownRange(page);
  assert.ok(to - from > 2500 && to - from < 3500, `a quarter is expected, ${from} to ${to}`);
  assert.equal(await page.locator('.problem').count(), 0);
  await page.done();
});

test('a zoom is drawn at once and refined by the server, a reset too', async () => {
  const page = await openRun('gpt-small'), at = await box(page);
  let open, gate = new Promise((done) => { open = done; });
  await page.route(/series\?/, async (route) => { await gate; await route.continue(); });
  const asked = page.waitForRequest((request) => /series\?.*from=/.test(request.url()));
  await page.mouse.move(at.x + at.width * 0.4, at.y + 100);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width * 0.5, at.y + 110, {steps: 4});
  await page.mouse.up();
  const query = new URL((await asked).url()).searchParams;
  assert.match(`${query.get('from')} ${query.get('to')}`, /^\d+ \d+$/, 'whole steps');
  const first = step(await spoken(page, 'loss', 'Home'));
  assert.ok(first >= Number(query.get('from')) && first < Number(query.get('to')), String(first));
  const answered = page.waitForResponse((response) => /series\?.*from=/.test(response.url()));
  open();
  assert.equal((await answered).status(), 200);
  await page.getByText(/of 1,[23]\d\d points drawn/).waitFor();
  assert.equal(await page.locator('.problem').count(), 0);
  gate = new Promise((done) => { open = done; });
  await page.keyboard.press('0');
  assert.ok(step(await spoken(page, 'loss', 'End')) > 11_900, 'the whole run is drawn before the server answers');
  open();
  await page.getByText(/of 12,060 points drawn/).waitFor();
  await page.done();
});

test('the keyboard reads and zooms', async () => {
  const page = await openRun('resnet50-aug2-s3');
  assert.equal(step(await spoken(page, 'loss', 'Home')), 1);
  assert.equal(step(await spoken(page, 'loss', 'ArrowRight')), 2);
  assert.equal(step(await spoken(page, 'loss', 'Shift+ArrowRight')), 12);
  assert.equal(step(await spoken(page, 'loss', 'End')), 31);
  await page.keyboard.press('Home');
  await page.keyboard.press('+');
  await page.waitForURL('**to=*');
  assert.ok(shownRange(page)[1] < 30);
  await page.keyboard.press('-');
  await page.waitForURL((url) => !url.search.includes('to='));
  await page.done();
});

test('one point in a million is seen at full range, and clipped it is told and marked', async () => {
  const page = await openRun('million', '?clip=0');
  await page.getByText('1,000 of 1,000,000 points drawn').waitFor();
  // Between half its height and its tip only the spike is there.
  assert.ok(await pixels(page, 'loss', [0.55, 0.12, 0.68, 0.5], 1) > 40);
  assert.equal(await pixels(page, 'loss', [0.2, 0.12, 0.5, 0.5], 1), 0);
  await page.keyboard.press('o');
  await chart(page, 'loss').getByRole('button', {name: /^▲ ≥ 1 point above 2\.\d/}).waitFor();
  assert.ok(await pixels(page, 'loss', [0.55, 0.01, 0.68, 0.05], 1) > 4, 'a tick on the edge');
  await page.done();
});

test('a log axis counts and marks what it has no place for', async () => {
  const page = await openRun('odd', '?y=log');
  await chart(page, 'loss').getByText('▾ 2 points ≤ 0').waitFor();
  await chart(page, 'loss').getByText('✕ 2 NaN or infinite values').waitFor();
  const red = await chart(page, 'loss').locator('canvas').evaluate((node) => {
    const {data} = node.getContext('2d').getImageData(0, node.height * 0.8, node.width, node.height * 0.15);
    let found = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && data[i] > 140 && data[i + 1] < 60 && data[i + 2] < 60) found++;
    return found;
  });
  assert.ok(red > 30, `${red} red pixels`);
  await page.keyboard.press('l');
  await chart(page, 'loss').getByText('≤ 0').waitFor({state: 'detached'});
  await page.done();
});

test('smoothing leaves a constant learning rate alone, and the raw curve stays behind', async () => {
  const page = await openRun('odd', '?hl=10');
  assert.match(await spoken(page, 'lr', 'End'), /^epoch 60, lr 0\.1(,|$)/);
  assert.match(await spoken(page, 'lr', 'Home'), /^epoch 1, lr 0\.1(,|$)/);
  await chart(page, 'loss').locator('.overlay').hover();
  await page.locator('.tip td', {hasText: /^raw /}).first().waitFor();
  await page.done();
});

test('t shows the data as a table with the way to all points, and gives the focus back', async () => {
  const page = await openRun('gpt-small');
  await chart(page, 'loss').locator('.overlay').focus();
  await page.keyboard.press('t');
  const dialog = page.locator('dialog.data');
  await dialog.waitFor();
  const rows = await cells(page, 'dialog.data');
  assert.equal(rows.length, 200);
  assert.deepEqual([rows[0][0], rows[199][0]], ['1', '12,000']);
  assert.ok(rows.filter((row) => row[1]).length > 50, 'validation is in it');
  assert.deepEqual(await axe(page), []);
  await screenshot(page, 'chart-data', {fullPage: false});
  const href = await dialog.getByRole('link', {name: 'CSV'}).getAttribute('href');
  const answer = await held.server.get(href), lines = (await answer.text()).trim().split('\n');
  assert.equal(lines[0].trim(), 'step,train_loss,val_loss');
  assert.equal(lines.length, 12_001);
  await page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
  assert.equal(await page.evaluate(() => document.activeElement.className), 'overlay');
  await page.done();
});

test('a small chart shows its data too', async () => {
  const page = await openRun('resnet50-aug2-s3');
  await page.getByRole('button', {name: 'gpu_mem: data'}).click();
  await page.locator('dialog.data').waitFor();
  assert.equal((await cells(page, 'dialog.data')).length, 31);
  await page.done();
});

test('the picture is twice as large, on a light ground, and the page keeps its theme', async () => {
  const page = await openRun('gpt-small', '', {theme: 'dark'});
  const wide = (await box(page)).width;
  const saving = page.waitForEvent('download');
  await page.getByRole('button', {name: 'Loss: save as PNG'}).click();
  const file = await saving;
  assert.equal(file.suggestedFilename(), 'loss.png');
  const bytes = await readFile(await file.path());
  assert.deepEqual([...bytes.subarray(1, 4)].map((c) => String.fromCharCode(c)).join(''), 'PNG');
  assert.equal(bytes.readUInt32BE(16), 2 * (Math.round(wide) + 32));
  const [corner, inked] = await page.evaluate(async (base64) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(picture.width, picture.height), ctx = canvas.getContext('2d');
    ctx.drawImage(picture, 0, 0);
    const {data} = ctx.getImageData(0, 0, picture.width, picture.height);
    let ink = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 2] - data[i] > 100) ink++;
    return [[...data.subarray(0, 4)], ink];
  }, bytes.toString('base64'));
  assert.deepEqual(corner, [255, 255, 255, 255]);
  assert.ok(inked > 1000, `${inked} blue pixels`);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.done();
});

test('where colours are forced the lines are told apart by dashes, and letters stay legible', async () => {
  const page = await openRun('resnet50-aug2-s3');
  await page.emulateMedia({forcedColors: 'active'});
  await page.reload();
  await drawn(page, 'loss');
  assert.ok(await chart(page, 'loss').locator('.legend path[stroke-dasharray]').count() === 1);
  const [ink, ground] = await page.locator('.finding .letter').first().evaluate((node) => {
    const style = getComputedStyle(node);
    return [style.color, style.backgroundColor];
  });
  assert.notEqual(ink, ground);
  await screenshot(page, 'run-forced-colors');
  await page.done();
});

test('nothing moves while the page loads nor while points come in, and a chart is drawn once a second', async () => {
  await held.server.postEpochs('moving', overfitting(24));
  const context = await held.browser.newContext({viewport: {width: 1440, height: 900}});
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.shift = 0;
    window.draws = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({type: 'layout-shift', buffered: true});
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...rect) { window.draws++; return clear.apply(this, rect); };
  });
  await page.goto(`${held.server.url}/run/moving`);
  await drawn(page, 'loss');
  await page.locator('.live.on').waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => window.shift), 0);
  await page.evaluate(() => { window.draws = 0; });
  const began = Date.now(), rows = overfitting(31);
  for (let i = 0; i < 28; i++) {
    await held.server.postEpochs('moving', [rows[24 + (i % 7)]]);
    await page.waitForTimeout(100);
  }
  const seconds = (Date.now() - began) / 1000, charts = await page.locator('.overlay').count();
  const draws = await page.evaluate(() => window.draws) / charts;
  assert.ok(draws <= 1.7 * (seconds + 1), `${draws} draws of a chart in ${seconds} s`);
  await context.close();
});
