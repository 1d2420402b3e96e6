// Compare: groups with their bands, the difference to the baseline, the table, scatter and parallel
// coordinates; figures held against what the test works out for itself.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {axe, cells, drawn, NARROW, screenshot, setUp, WIDE} from './browser.mjs';

// Three learning rates by four seeds; of 0.01 two runs end early, one of 0.1 diverges, one run tells
// no parameters.
const START = Date.UTC(2026, 10, 23, 9) / 1000, LRS = [0.1, 0.01, 0.001];
const lossOf = (g, seed, epoch) => Number((2 * Math.exp(-epoch / (4 + 4 * g)) + 0.3 + 0.1 * Math.abs(g - 1) + 0.03 * seed + 0.02 * Math.sin(epoch * (seed + g))).toFixed(4));
const lastOf = (g, seed) => (g === 1 && seed > 2 ? 30 : 50);
const isBad = (g, seed, epoch) => g === 0 && seed === 4 && epoch > 25;
const idOf = (g, seed) => `lr${LRS[g]}-s${seed}`;
const ids = [...LRS.flatMap((_, g) => [1, 2, 3, 4].map((seed) => idOf(g, seed))), 'bare'];

const held = await setUp({
  async fill(server) {
    for (const [g, lr] of LRS.entries()) {
      for (let seed = 1; seed <= 4; seed++) {
        const config = {lr, seed, optimizer: seed % 2 ? 'adam' : 'sgd', batch_size: 64, opt: {weight_decay: seed > 2 ? 0.01 : 0.05}};
        const made = await server.post('/api/v1/runs', {id: idOf(g, seed), project: 'sweep', tags: {night: seed < 3 ? 'first' : 'second'}, config});
        assert.equal(made.status, 201);
        await server.postEpochs(idOf(g, seed), Array.from({length: lastOf(g, seed)}, (_, i) => ({
          epoch: i + 1, time: START + 60 * i, val_loss: isBad(g, seed, i + 1) ? 'NaN' : lossOf(g, seed, i + 1), lr,
        })));
      }
    }
    await server.postEpochs('bare', Array.from({length: 40}, (_, i) => ({epoch: i + 1, time: START + 60 * i, val_loss: 0.5 + 2 * Math.exp(-i / 6)})));
  },
});

const open = async (query, more) => {
  const page = await held.open(`/compare?runs=${ids}${query}`, more);
  await drawn(page, 'compare');
  await page.locator('table.results').first().waitFor();
  return page;
};
const overlay = (page) => page.locator('section[aria-labelledby="chart-compare"] .overlay');
const tip = (page) => cells(page, '.tip');
const search = (page, name) => new URL(page.url()).searchParams.get(name);
const until = (page, name, value) => page.waitForURL((url) => url.searchParams.get(name) === value);

// What a group's runs say at an epoch.
function expected(g, epoch) {
  const values = [1, 2, 3, 4].filter((seed) => epoch <= lastOf(g, seed) && !isBad(g, seed, epoch)).map((seed) => lossOf(g, seed, epoch));
  const n = values.length, mean = values.reduce((a, b) => a + b, 0) / n;
  const std = n > 1 ? Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1)) : 0;
  return {n, mean, std, low: Math.min(...values), high: Math.max(...values)};
}
// Tries again until it holds: what is asked of the server comes when it comes.
async function soon(check) {
  for (let left = 200; ; left--) {
    try {
      return await check();
    } catch (problem) {
      if (!left) throw problem;
      await new Promise((again) => { setTimeout(again, 50); });
    }
  }
}
const near = (text, wanted, digits = 3) => assert.ok(Math.abs(Number(text.replace('−', '-')) - wanted) <= Math.abs(wanted) * 10 ** -(digits - 1) + 1e-4, `${text} is not ${wanted}`);

test('groups: mean, band and n are those of the runs that have a value there', async () => {
  const page = await open('&group=lr');
  const legend = await page.locator('.legend button').allInnerTexts();
  assert.deepEqual(legend.map((text) => text.trim()), ['lr 0.001 · n 4', 'lr 0.01 · n 4 → 2', 'lr 0.1 · n 4 → 3', 'no lr · n 1']);
  await page.getByText('only the band\'s dotted edges go on').waitFor();
  for (const [epoch, keys] of [[50, ['End']], [20, ['Home', ...Array(19).fill('ArrowRight')]]]) {
    await overlay(page).focus();
    for (const key of keys) await page.keyboard.press(key);
    await page.locator('.tip-head', {hasText: `epoch ${epoch}`}).waitFor();
    const rows = await tip(page);
    for (const [g, lr] of LRS.entries()) {
      const [, mean, note] = rows.find(([name]) => name === `lr ${lr}`), want = expected(g, epoch);
      near(mean, want.mean);
      const [, width, n] = /^± (\S+) · n (\d)$/.exec(note);
      near(width, want.std);
      assert.equal(Number(n), want.n);
    }
    assert.equal(rows.find(([name]) => name === 'no lr')[2], 'n 1, no spread');
  }
  await page.done();
});

test('groups: the band is the standard error or lowest to highest when asked', async () => {
  const page = await open('&group=lr&pin=20');
  await page.getByRole('button', {name: '± Std error'}).click();
  await until(page, 'band', 'sem');
  const atFirst = async () => {
    await overlay(page).focus();
    await page.keyboard.press('Home');
    return (await tip(page)).find(([name]) => name === 'lr 0.1')[2];
  };
  const want = expected(0, 1);
  await soon(async () => near(/^± (\S+) · n 4$/.exec(await atFirst())[1], want.std / 2));
  await page.getByRole('button', {name: 'Min–max'}).click();
  await until(page, 'band', 'minmax');
  await soon(async () => {
    const [, low, high] = /^(\S+) to (\S+) · n 4$/.exec(await atFirst());
    near(low, want.low);
    near(high, want.high);
  });
  await page.done();
});

test('groups are chosen from a menu, several keys at once; a group can be hidden; Back undoes', async () => {
  const page = await open('');
  await page.locator('.menu summary').click();
  await page.getByRole('checkbox', {name: 'optimizer', exact: true}).check();
  await until(page, 'group', 'optimizer');
  await page.getByRole('checkbox', {name: 'lr', exact: true}).check();
  await until(page, 'group', 'optimizer,lr');
  await page.keyboard.press('Escape');
  await page.locator('table.groups tbody tr').nth(6).waitFor();
  assert.equal(await page.locator('.menu-list').isVisible(), false);
  assert.deepEqual((await cells(page, 'table.groups')).map((row) => row[1]).sort(), [
    ...['adam', 'sgd'].flatMap((one) => LRS.map((lr) => `optimizer ${one} · lr ${lr}`)), 'no optimizer · no lr'].sort());
  await page.getByRole('button', {name: 'Draw optimizer adam · lr 0.1', exact: true}).click();
  await until(page, 'hide', 'optimizer=adam;lr=0.1');
  await page.goBack();
  await page.goBack();
  await until(page, 'group', 'optimizer');
  await page.locator('.menu summary').click();
  await page.getByRole('button', {name: 'All parameters but seeds'}).click();
  await until(page, 'group', 'lr,optimizer,opt.weight_decay');
  await page.getByRole('checkbox', {name: 'tag:night'}).check();
  await page.getByRole('button', {name: 'No groups'}).click();
  await until(page, 'group', null);
  await page.done();
});

test('the table of groups: mean and deviation of what their runs reached', async () => {
  const page = await open(`&group=lr&base=${idOf(1, 1)}`);
  const rows = await cells(page, 'table.groups');
  assert.deepEqual(rows.map((row) => row[1]).slice(-1), ['no lr']);
  const [, , runs, , final, delta] = rows.find((row) => row[1] === 'lr 0.01');
  const finals = [1, 2, 3, 4].map((seed) => lossOf(1, seed, lastOf(1, seed))), mean = finals.reduce((a, b) => a + b) / 4;
  const std = Math.sqrt(finals.reduce((s, v) => s + (v - mean) ** 2, 0) / 3);
  assert.equal(runs, '4 runs');
  near(final.split(' ± ')[0], mean);
  near(final.split(' ± ')[1], std);
  near(delta.split(' ')[0], mean - finals[0]);
  assert.match(delta, /worse$/);
  assert.equal(rows.find((row) => row[1] === 'lr 0.1')[2], '4 runs 3 finite');
  await page.done();
});

test('difference to the baseline: less its curve at the same step, zero for itself', async () => {
  const page = await open(`&base=${idOf(1, 1)}`);
  await page.getByLabel('Difference to it').check();
  await until(page, 'diff', '1');
  await page.getByRole('heading', {name: `Validation loss less ${idOf(1, 1)}`}).waitFor();
  await soon(async () => {
    await overlay(page).focus();
    await page.keyboard.press('Home');
    const rows = await tip(page);
    assert.equal(rows.length, 8);
    for (const [name, text] of rows) {
      const [, lr, seed] = /^lr(\S+)-s(\d)$/.exec(name);
      near(text, lossOf(LRS.indexOf(Number(lr)), Number(seed), 1) - lossOf(1, 1, 1));
    }
  });
  await overlay(page).blur();
  await page.keyboard.press('b');
  await until(page, 'diff', null);
  await page.done();
});

test('difference of groups: the mean of the differences', async () => {
  const page = await open(`&base=${idOf(1, 1)}&group=lr&diff=1`);
  await page.locator('.legend button').nth(3).waitFor();
  await overlay(page).focus();
  await page.keyboard.press('End');
  await page.locator('.tip tbody tr').nth(3).waitFor();
  const rows = await tip(page);
  for (const [g, lr] of LRS.entries()) near(rows.find(([name]) => name === `lr ${lr}`)[1], expected(g, 50).mean - lossOf(1, 1, 50));
  near(rows.find(([name]) => name === `${idOf(1, 1)} (baseline)`)[1], 0);
  await page.done();
});

test('the results are sorted by a click, and say better or worse with sign and share', async () => {
  const page = await open(`&base=${idOf(1, 2)}`);
  const column = async (i) => (await cells(page, 'table.results')).map((row) => row[i]);
  const delta = (await cells(page, 'table.results')).find((row) => row[1] === idOf(1, 1))[8];
  assert.match(delta, /^−0\.\d+ \(−\d+\.\d %\) better$/);
  await page.getByRole('button', {name: 'Duration'}).click();
  await until(page, 'sort', '-duration');
  assert.equal(await page.locator('th[aria-sort="descending"]').innerText(), 'Duration ↓');
  assert.deepEqual([...new Set(await column(6))], ['49 m', '39 m', '29 m']);
  await page.getByRole('button', {name: 'Run', exact: true}).click();
  await until(page, 'sort', 'name');
  assert.equal((await column(1))[0], 'bare');
  await page.locator('table.results').getByRole('button', {name: 'Final'}).click();
  assert.equal((await cells(page, 'table.results')).at(-1)[3], 'NaN', 'without a value comes last');
  await page.done();
});

test('parameters: those that differ, or all; copied as Markdown and CSV', async () => {
  const page = await open('&sort=name', {permissions: ['clipboard-read', 'clipboard-write']});
  assert.deepEqual((await cells(page, 'table.differences')).map((row) => row[0]), ['lr', 'seed', 'optimizer', 'opt.weight_decay']);
  await page.getByRole('button', {name: 'CSV'}).click();
  await page.getByText('Copied as CSV').waitFor();
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).trim().split(/\r?\n/);
  assert.equal(lines[0], 'run,best val_loss,best step,final val_loss,mean val_loss,last step,duration s,errors,warnings,infos,delta,verdict,lr,seed,optimizer,opt.weight_decay');
  assert.equal(lines.length, 14);
  const line = lines.find((one) => one.startsWith(`${idOf(1, 3)},`)).split(',');
  assert.deepEqual([line[3], line[5], line[6], line[12], line[14]], [String(lossOf(1, 3, 30)), '30', '1740', '0.01', 'adam']);
  await page.getByLabel('All parameters').check();
  await until(page, 'all', '1');
  assert.ok((await cells(page, 'table.differences')).some((row) => row[0] === 'batch_size' && row[1] === '64'));
  await page.getByRole('button', {name: 'Markdown'}).click();
  await page.getByText('Copied as Markdown').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\| run \| best val_loss .* \| batch_size \|/);
  await page.done();
});

test('scatter: one dot a run; a click opens it', async () => {
  const page = await open('&figure=best');
  const dots = page.locator('.dots .mark');
  assert.equal(await dots.count(), 12);
  await page.getByText('1 run without lr or a finite value').waitFor();
  await page.getByRole('combobox', {name: 'Parameter'}).selectOption('optimizer');
  await until(page, 'by', 'optimizer');
  assert.deepEqual(await page.locator('.tick-x').allInnerTexts(), ['adam', 'sgd']);
  await page.getByRole('combobox', {name: 'Parameter'}).selectOption('lr');
  await page.locator('.dots').scrollIntoViewIfNeeded();
  const dot = await page.locator(`.mark[data-run="${idOf(2, 4)}"]`).boundingBox();
  await page.mouse.move(dot.x + 7, dot.y + 7);
  await page.locator('.dot-tip', {hasText: idOf(2, 4)}).waitFor();
  await page.mouse.click(dot.x + 7, dot.y + 7);
  await page.waitForURL(`**/run/${idOf(2, 4)}`);
  await page.done();
});

test('scatter: the keyboard goes from dot to dot and opens a run', async () => {
  const page = await open('');
  await page.locator('.dots').focus();
  await page.keyboard.press('End');
  await page.locator('.dot-tip', {hasText: 'lr 0.1, final'}).waitFor();
  await page.keyboard.press('Home');
  await page.locator('.dot-tip', {hasText: `${idOf(2, 1)}`}).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/run/${idOf(2, 1)}`);
  await page.done();
});

test('parallel coordinates: what is brushed filters every view, by the mouse', async () => {
  const page = await open('&group=lr');
  const axis = await page.locator('.axis-line[data-axis="lr"]').boundingBox();
  await page.locator('.axis-line[data-axis="lr"]').scrollIntoViewIfNeeded();
  const box = await page.locator('.axis-line[data-axis="lr"]').boundingBox();
  assert.equal(axis.height, box.height);
  const x = box.x + box.width / 2, y = (at) => box.y + box.height * (1 - at);
  await page.mouse.move(x, y(0.99));
  await page.mouse.down();
  await page.mouse.move(x, y(0.6));
  await page.mouse.move(x, y(0.3));
  await page.mouse.up();
  await until(page, 'brush', 'lr~0.01~0.1');
  await page.getByText('8 of 13 runs kept').waitFor();
  assert.equal(await page.locator('table.results:not(.groups) tbody tr').count(), 8);
  assert.equal(await page.locator('.dots .mark').count(), 7);
  assert.equal(await page.locator('.parallel path.out').count(), 5);
  assert.deepEqual((await cells(page, 'table.groups')).map((row) => row[1]), ['lr 0.01', 'lr 0.1']);
  await page.waitForFunction(() => document.querySelectorAll('.legend button').length === 2);
  await page.getByRole('button', {name: 'Keep all'}).click();
  await until(page, 'brush', null);
  await page.done();
});

test('parallel coordinates: brushed by keys, by words, and together', async () => {
  const page = await open('');
  await page.getByRole('slider', {name: 'optimizer, highest kept'}).focus();
  await page.keyboard.press('ArrowDown');
  await until(page, 'brush', 'optimizer~=adam');
  assert.equal(await page.locator('table.results tbody tr').count(), 6);
  await page.getByRole('slider', {name: 'lr, lowest kept'}).focus();
  await page.keyboard.press('ArrowUp');
  await until(page, 'brush', 'optimizer~=adam,lr~0.01~0.1');
  assert.equal(await page.locator('table.results tbody tr').count(), 4);
  await page.keyboard.press('Escape');
  await until(page, 'brush', 'optimizer~=adam');
  await page.done();
});

const whole = `/compare?runs=${ids}&base=${idOf(1, 1)}&y=lin&hide=lr=0.1&group=lr&band=sem&diff=1&sort=-final&all=1&by=seed&figure=best&scale=log&brush=lr~0.001~0.1,optimizer~=adam~=sgd`.replace('&y=lin', '');
test('a view of the comparison is its URL', async () => {
  const page = await held.open(whole);
  await drawn(page, 'compare');
  await page.locator('table.groups').waitFor();
  const place = () => { const url = new URL(page.url()); return url.pathname + decodeURIComponent(url.search); };
  assert.equal(place(), whole);
  const state = async () => [await page.locator('[aria-pressed="true"]').allInnerTexts(), await cells(page, 'table.groups'), await cells(page, 'table.results:not(.groups)'),
    await page.getByLabel('Difference to it').isChecked(), await page.getByRole('combobox', {name: 'Parameter'}).inputValue()];
  const before = await state();
  assert.ok(before[0].includes('± Std error') && before[0].includes('Best'));
  await page.reload();
  await drawn(page, 'compare');
  await page.locator('table.groups').waitFor();
  assert.deepEqual(await state(), before);
  assert.equal(place(), whole);
  assert.equal(search(page, 'band'), 'sem');
  await page.done();
});

test('one group with one run: a line without a band, and it says so', async () => {
  const page = await held.open(`/compare?runs=${idOf(0, 1)}&group=lr`);
  await drawn(page, 'compare');
  assert.deepEqual((await page.locator('.legend button').allInnerTexts()).map((text) => text.trim()), ['lr 0.1 · n 1']);
  assert.match((await cells(page, 'table.groups'))[0][3], / one run$/);
  await page.done();
});

const views = {
  compare_groups: `&base=${idOf(1, 1)}&group=lr&pin=33`,
  compare_difference: `&base=${idOf(1, 1)}&group=lr&diff=1&brush=lr~0.01~0.1`,
};
for (const [name, query] of Object.entries(views)) {
  for (const theme of ['light', 'dark']) {
    for (const [size, viewport] of [['wide', WIDE], ['narrow', NARROW]]) {
      test(`${name}, ${theme}, ${size}: axe finds nothing and nothing runs out sideways`, async () => {
        const page = await open(query, {theme, viewport});
        await page.locator('.legend button').first().waitFor();
        assert.deepEqual(await axe(page), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0);
        await screenshot(page, `${name}-${theme}-${size}`);
        await page.done();
      });
    }
  }
}
