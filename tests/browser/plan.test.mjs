// The planner: from a number of epochs to code, four schedules side by side, handles on the curve.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {workingDay} from '../support/runs.mjs';
import {axe, cells, chart, drawn, heading, screenshot, setUp} from './browser.mjs';

const held = await setUp({fill: workingDay});
const place = (page) => { const url = new URL(page.url()); return decodeURIComponent(url.pathname + url.search); };
const handle = (page, kind) => page.locator(`.handle.${kind}`);
const stat = (page, label) => page.locator('.plan-stats .stat', {has: page.locator('span', {hasText: new RegExp(`^${label}`)})}).locator('b');
const code = (page) => page.locator('#code-panel pre');

async function openPlan(path = '/plan', options = {}) {
  const page = await held.open(path, options);
  await drawn(page, 'plan');
  await page.locator('.plan-stats').waitFor();
  return page;
}

test('50 epochs in 2 cycles: what to use, its figures, the notes, and the code in the clipboard', async () => {
  const page = await openPlan('/plan', {permissions: ['clipboard-read', 'clipboard-write']});
  await page.getByRole('textbox', {name: 'Epochs'}).fill('50');
  await page.getByLabel('Cycles').fill('2');
  await page.waitForURL('**/plan?cycles=2');
  await stat(page, 'Use').getByText('CosineAnnealingWarmRestarts').waitFor();
  assert.equal(await stat(page, 'T_max').innerText(), '25');
  assert.equal(await stat(page, 'Area').innerText(), '52 %');
  assert.equal(await stat(page, 'Past its end').innerText(), 'starts again');
  await chart(page, 'plan').getByRole('button', {name: 'CosineAnnealingLR alone'}).waitFor();
  assert.ok(await page.locator('.notes li').count() >= 2);
  for (const [tab, what] of [['PyTorch', /CosineAnnealingWarmRestarts\(optimizer, T_0=25/], ['Lightning', /LightningModule/],
    ['Hugging Face', /Trainer/], ['Keras', /keras/]]) {
    await page.getByRole('tab', {name: tab}).click();
    await page.locator('#code-panel pre', {hasText: what}).waitFor();
    await page.locator('#code-panel').getByRole('button', {name: 'Copy'}).click();
    await page.getByText(`${tab} code copied`).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await code(page).evaluate((node) => node.textContent));
  }
  await page.waitForURL('**/plan?cycles=2&code=keras');
  await page.done();
});

test('what is wrong with a number stands at that number, in the words of the server', async () => {
  const page = await openPlan();
  await page.getByLabel('Cycles').fill('1.5');
  await page.locator('.field.wrong', {hasText: 'a whole number from 1'}).waitFor();
  await page.getByLabel('Cycles').fill('1');
  await page.locator('.field.wrong').waitFor({state: 'detached'});
  await page.getByRole('textbox', {name: 'eta_min'}).fill('0.5');
  await page.locator('.field.wrong', {hasText: 'eta_min must be at least 0 and less than base_lr'}).waitFor();
  assert.equal(await page.getByRole('textbox', {name: 'eta_min'}).getAttribute('aria-invalid'), 'true');
  await page.getByRole('combobox', {name: 'Schedule'}).selectOption('StepLR');
  await page.getByRole('textbox', {name: 'step_size'}).fill('0');
  await page.locator('.field.wrong', {hasText: '"step_size" must be at least 1'}).waitFor();
  await page.getByRole('textbox', {name: 'step_size'}).fill('10');
  await page.locator('.field.wrong').waitFor({state: 'detached'});
  await page.done();
});

test('any schedule the server knows can be chosen, each under its framework, and every one is drawn', async () => {
  const page = await openPlan();
  const {schedules} = await (await held.server.get('/api/v1/schedules')).json();
  const groups = await page.locator('#plan-type-0 optgroup').evaluateAll((nodes) => nodes.map((node) => [node.label, [...node.children].map((one) => one.value)]));
  assert.deepEqual(groups.flatMap(([framework, types]) => types.map((type) => `${framework} ${type}`)), schedules.map(({framework, type}) => `${framework} ${type}`));
  for (const {type, params, list} of schedules) {
    await page.getByRole('combobox', {name: 'Schedule'}).selectOption(type);
    await stat(page, 'Schedule').getByText(type, {exact: true}).waitFor();
    for (const {name} of [...params, ...(list ? [{name: list}] : [])]) assert.ok(await page.locator(`#plan-0-${name}`).isVisible(), `${type} ${name}`);
    assert.equal(await page.locator('.field.wrong, .lane-problem').count(), 0, `${type}: ${await page.locator('.field.wrong, .lane-problem').allInnerTexts()}`);
  }
  await page.done();
});

test('numbers, words, lists and what is left out reach the code, and the address brings them back', async () => {
  const page = await openPlan('/plan?a=OneCycleLR');
  await page.getByRole('textbox', {name: 'total_steps'}).fill('');
  await page.locator('.field.wrong', {hasText: 'is required'}).waitFor();
  await page.getByRole('textbox', {name: 'total_steps'}).fill('60');
  await page.getByLabel('anneal_strategy').selectOption('linear');
  await page.getByLabel('three_phase').selectOption('true');
  await page.locator('#code-panel pre', {hasText: /total_steps=60.*anneal_strategy="linear".*three_phase=True/}).waitFor();
  await page.waitForURL('**/plan?a=OneCycleLR~total_steps:60~anneal_strategy:linear~three_phase:true');
  await page.getByRole('combobox', {name: 'Schedule'}).selectOption('MultiStepLR');
  await page.getByLabel('milestones').fill('10, 20, 40');
  await page.waitForURL('**/plan?a=MultiStepLR~milestones:10,20,40');
  await page.reload();
  await page.locator('#code-panel pre', {hasText: 'milestones=[10, 20, 40]'}).waitFor();
  await page.goBack();
  await page.locator('#code-panel pre', {hasText: 'total_steps=60'}).waitFor();
  assert.equal(await page.getByLabel('three_phase').inputValue(), 'true');
  await page.done();
});

test('four schedules side by side: added, duplicated, named, hidden, removed; the address holds them all', async () => {
  const page = await openPlan();
  const form = page.locator('.lane-form'), rows = page.locator('.compared tbody tr');
  await page.getByRole('button', {name: 'Add a schedule'}).click();
  await form.getByRole('combobox', {name: 'Schedule'}).selectOption('StepLR');
  await page.getByRole('textbox', {name: 'Name'}).fill('In steps');
  await page.getByRole('button', {name: 'Duplicate B'}).click();
  await page.getByRole('textbox', {name: 'step_size'}).fill('25');
  await page.getByRole('button', {name: 'Compare OneCycleLR'}).waitFor({state: 'detached'});    // of the plan only
  await page.locator('.lane-name', {hasText: 'CosineAnnealingLR'}).click();
  await page.getByRole('button', {name: 'Compare OneCycleLR'}).click();
  await rows.nth(3).getByText('%').waitFor();
  assert.deepEqual(await page.locator('.lane-name').evaluateAll((all) => all.map((one) => one.title)), ['CosineAnnealingLR', 'In steps', 'In steps 2', 'OneCycleLR']);
  assert.equal(await page.getByRole('button', {name: 'Add a schedule'}).count(), 0);
  const table = await cells(page, 'table.compared');
  assert.deepEqual(table.map((row) => row.slice(1)), [
    ['50', '51 %', '9.87e-5 @49', '9.87e-5', 'climbs back'],
    ['no end', '33.3 %', '1e-4 @45', '1e-4', 'goes on'],
    ['no end', '55 %', '0.01 @25', '0.01', 'goes on'],
    ['50', '49.6 %', '4e-7 @49', '4e-7', 'is an error'],
  ]);
  const dashes = await page.locator('.legend path').evaluateAll((all) => all.map((one) => one.getAttribute('stroke-dasharray')));
  assert.equal(new Set(dashes).size, 4, 'told apart by more than colour');
  assert.equal(place(page), '/plan?b=In steps*StepLR&c=In steps 2*StepLR~step_size:25&d=OneCycleLR~max_lr:0.1~total_steps:50~pct_start:0.3~anneal_strategy:cos~div_factor:25~final_div_factor:10000~three_phase:false&on=d'.replace(/ /g, '+'));
  await chart(page, 'plan').getByRole('button', {name: 'B In steps', exact: true}).click();
  await page.waitForURL('**hide=b*');
  assert.deepEqual(await axe(page), []);
  await screenshot(page, 'plan-four');
  await page.reload();
  await rows.nth(3).getByText('%').waitFor();
  assert.deepEqual(await cells(page, 'table.compared'), table);
  await page.getByRole('button', {name: 'Remove A'}).click();
  await rows.nth(3).waitFor({state: 'detached'});
  assert.match(place(page), /^\/plan\?hide=b&a=none&b=/);
  await page.goBack();
  await rows.nth(3).waitFor();
  await page.done();
});

test('T_max is dragged with the mouse: curve, figures, code and address follow, and Back undoes it', async () => {
  const page = await openPlan();
  const before = await chart(page, 'plan').locator('canvas').screenshot();
  const box = await handle(page, 'length').boundingBox(), {width} = await chart(page, 'plan').locator('.overlay').boundingBox();
  assert.equal(await handle(page, 'length').getAttribute('aria-valuetext'), '50 epochs');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  for (let i = 1; i <= 10; i++) await page.mouse.move(box.x + box.width / 2 - (width / 30) * i, box.y - 3 * i);
  await page.mouse.up();
  await page.waitForURL(/T_max:\d+/);
  const now = Number(await handle(page, 'length').getAttribute('aria-valuenow'));
  assert.ok(now > 20 && now < 40, `T_max is ${now}`);
  await page.locator('#code-panel pre', {hasText: `T_max=${now}`}).waitFor();
  assert.equal(await page.getByRole('textbox', {name: 'T_max'}).inputValue(), String(now));
  assert.equal(await page.getByRole('textbox', {name: 'eta_min'}).inputValue(), '0', 'sideways only');
  await page.waitForURL(`**/plan?a=CosineAnnealingLR~base_lr:0.1~T_max:${now}~eta_min:0`);
  assert.equal(await stat(page, 'Length').innerText(), String(now));
  assert.notDeepEqual(await chart(page, 'plan').locator('canvas').screenshot(), before);
  await page.reload();
  await page.locator('#code-panel pre', {hasText: `T_max=${now}`}).waitFor();
  await page.goBack();
  await page.locator('#code-panel pre', {hasText: 'T_max=50'}).waitFor();
  assert.equal(place(page), '/plan');
  await page.done();
});

test('the floor and the rate are dragged up and down', async () => {
  const page = await openPlan();
  const pull = async (kind, by, name) => {
    const box = await handle(page, kind).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let i = 1; i <= 5; i++) await page.mouse.move(box.x + box.width / 2 + i, box.y + box.height / 2 + (by * i) / 5);
    await page.mouse.up();
    // the address follows the handle a moment later
    await page.waitForFunction(([which, param]) => new URLSearchParams(location.search).get(param)
      === document.querySelector(`.handle.${which}`).getAttribute('aria-valuenow'), [kind, name]);
    return Number(await handle(page, kind).getAttribute('aria-valuenow'));
  };
  const floor = await pull('floor', -60, 'eta_min');
  assert.ok(floor > 0.01 && floor < 0.03, String(floor));
  await page.waitForURL(`**/plan?eta_min=${floor}`);
  const rate = await pull('rate', -40, 'base_lr');
  // the axis makes room while it is dragged, so how far 40 px go depends on when
  assert.ok(rate > 0.1 && rate < 0.13, `the axis makes room: ${rate}`);
  await page.waitForURL(`**/plan?base_lr=${rate}&eta_min=${floor}`);
  await page.locator('#code-panel pre', {hasText: `eta_min=${floor}`}).waitFor();
  await page.done();
});

test('a handle is a slider for the keyboard too', async () => {
  const page = await openPlan('/plan?b=LinearLR~total_iters:5!5!CosineAnnealingLR&on=b');
  const slider = (name) => page.getByRole('slider', {name});
  await slider('T_max of B').focus();
  for (const [key, value] of [['ArrowLeft', '44'], ['Shift+ArrowLeft', '34'], ['PageUp', '44'], ['Home', '1'], ['End', '45']]) {
    await page.keyboard.press(key);
    await page.locator(`.handle.length[aria-valuenow="${value}"]`).waitFor();
  }
  await slider('warm-up of B').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL('**b=LinearLR~total_iters:6!6!CosineAnnealingLR~T_max:45*');
  await slider('eta_min of B').focus();
  await page.keyboard.press('ArrowUp');
  await page.waitForURL('**~eta_min:0.0001*');
  await slider('base_lr of B').focus();
  await page.keyboard.press('ArrowUp');
  await page.locator('.handle.rate[aria-valuetext="0.11"]').waitFor();
  await page.waitForURL('**~base_lr:0.11!*');
  await page.goBack();
  await page.locator('.handle.rate[aria-valuetext="0.1"]').waitFor();
  await page.done();
});

test('every move of a drag is answered while it goes on; how fast is printed', async (t) => {
  const page = await openPlan('/plan?epochs=100&a=CosineAnnealingLR~T_max:100&b=OneCycleLR&c=StepLR&d=warmup_stable_decay');
  await page.locator('.compared tbody tr').nth(3).getByText('%').waitFor();
  await page.evaluate(() => addEventListener('pointermove', (event) => { window.moved = event.timeStamp; }, true));
  const box = await handle(page, 'length').boundingBox(), moves = [];
  await page.mouse.move(box.x + 7, box.y + 7);
  await page.mouse.down();
  for (let i = 1; i <= 30; i++) {
    const before = await handle(page, 'length').getAttribute('aria-valuenow');
    await page.mouse.move(box.x + 7 - 12 * i, box.y + 7);
    // until the frame after the figures of that value are there
    moves.push(await page.evaluate((old) => new Promise((done) => {
      const grip = document.querySelector('.handle.length'), figure = document.querySelector('.compared tbody tr td');
      (function look() {
        const now = grip.getAttribute('aria-valuenow');
        if (now !== old && figure.textContent === now) done(performance.now() - window.moved);
        else requestAnimationFrame(look);
      })();
    }), before));
  }
  await page.mouse.up();
  moves.sort((a, b) => a - b);
  t.diagnostic(`${moves.length} moves: median ${moves[15].toFixed(1)} ms, slowest ${moves.at(-1).toFixed(1)} ms`);
  await page.done();
});

test('a warm-up is one click, and a sequence can be built and taken apart', async () => {
  const page = await openPlan('/plan?a=CosineAnnealingLR~T_max:50');
  await page.getByRole('button', {name: 'Add warm-up'}).click();
  await page.waitForURL('**/plan?a=LinearLR~start_factor:0.01~total_iters:5!5!CosineAnnealingLR~T_max:45');
  await page.locator('#code-panel pre', {hasText: /SequentialLR\([\s\S]*milestones=\[5\]/}).waitFor();
  await page.getByRole('textbox', {name: 'milestone'}).fill('8');
  await page.waitForURL('**total_iters:8!8!*');
  await page.getByRole('button', {name: 'Add a part'}).click();
  await page.locator('#plan-type-2').selectOption('ConstantLR');
  await page.locator('#plan-from-2').fill('3');
  await page.locator('.field.wrong', {hasText: 'must rise'}).first().waitFor();
  await page.locator('#plan-from-2').fill('40');
  await page.locator('.field.wrong').first().waitFor({state: 'detached'});
  await page.locator('#code-panel pre', {hasText: 'milestones=[8, 40]'}).waitFor();
  await page.getByRole('button', {name: 'Remove part 1'}).click();
  await page.getByRole('button', {name: 'Remove part 2'}).click();
  await page.waitForURL('**/plan?a=CosineAnnealingLR~T_max:45');
  await page.getByRole('combobox', {name: 'Schedule'}).selectOption('ConstantLR');
  await page.getByRole('button', {name: 'Add a part'}).click();
  await page.getByRole('button', {name: 'Together'}).click();
  await page.waitForURL('**/plan?a=ConstantLR!!LinearLR');
  await page.locator('#code-panel pre', {hasText: 'ChainedScheduler('}).waitFor();
  assert.equal(await page.getByRole('textbox', {name: 'milestone'}).count(), 0);
  await page.getByRole('button', {name: 'Remove part 2'}).click();
  await page.getByRole('combobox', {name: 'Schedule'}).selectOption('plan');
  await page.getByRole('button', {name: 'Add warm-up'}).click();
  await page.waitForURL('**/plan?warmup=5');
  await page.done();
});

test('steps for epochs, and a log axis', async () => {
  const page = await openPlan();
  await page.getByRole('button', {name: 'Steps', exact: true}).click();
  await page.getByRole('textbox', {name: 'Steps'}).fill('12000');
  await page.waitForURL('**/plan?steps=12000');
  await page.locator('#code-panel pre', {hasText: 'T_max=12000'}).waitFor();
  await page.locator('#code-panel pre', {hasText: 'after every optimizer.step()'}).waitFor();
  await page.locator('.handle.length[aria-valuetext="12,000 steps"]').waitFor();
  await page.getByRole('button', {name: 'Log', exact: true}).click();
  await page.waitForURL('**/plan?y=log&steps=12000');
  await page.getByRole('button', {name: 'Epochs', exact: true}).click();
  await page.waitForURL('**/plan?y=log&epochs=12000');
  await page.done();
});

test('it is declared on a run: by the line for a shell, and by a click', async () => {
  await held.server.post('/api/v1/runs', {id: 'planned', name: 'Planned'});
  const page = await openPlan('/plan?warmup=5');
  const declared = async () => (await (await held.server.get('/api/v1/runs/planned')).json()).schedule;
  await page.getByRole('combobox', {name: 'Run', exact: true}).selectOption('planned');
  await page.waitForURL('**run=planned');
  const line = page.getByRole('region', {name: 'Command'});
  await page.locator('pre', {hasText: '/api/v1/runs/planned'}).waitFor();
  await promisify(execFile)('sh', ['-c', `${await line.evaluate((node) => node.textContent)} --fail --silent`]);
  assert.equal((await declared()).type, 'SequentialLR');
  await page.getByRole('combobox', {name: 'Schedule'}).selectOption('StepLR');
  await page.locator('pre', {hasText: '"type":"StepLR"'}).waitFor();
  await page.getByRole('button', {name: 'Declare', exact: true}).click();
  await page.getByText('Declared on planned').waitFor();
  assert.deepEqual(await declared(), {type: 'StepLR', base_lr: 0.1, step_size: 15, gamma: 0.1, unit: 'epoch'});
  await page.getByRole('button', {name: 'Open the run'}).click();
  await heading(page, 'Planned').waitFor();
  await page.done();
});

test('from the page of a run the planner opens with its schedule', async () => {
  const schedule = {type: 'SequentialLR', milestones: [3], schedulers: [
    {type: 'LinearLR', base_lr: 0.2, start_factor: 0.25, total_iters: 3}, {type: 'CosineAnnealingLR', base_lr: 0.2, T_max: 17, eta_min: 0.001}]};
  await held.server.post('/api/v1/runs', {id: 'warmed', epochs: 20, schedule});
  await held.server.postEpochs('warmed', [1, 2, 3, 4].map((epoch) => ({epoch, train_loss: 1 / epoch, lr: 0.05 * epoch})));
  const page = await held.open('/run/warmed');
  await page.getByRole('link', {name: 'Open in the planner'}).click();
  await page.waitForURL('**/plan?epochs=20&a=LinearLR~base_lr:0.2~start_factor:0.25~end_factor:1~total_iters:3!3!CosineAnnealingLR~T_max:17~eta_min:0.001&run=warmed');
  await page.locator('#code-panel pre', {hasText: 'milestones=[3]'}).waitFor();
  await page.goBack();
  await heading(page, 'warmed').waitFor();
  await page.done();
});

test('by keyboard alone: epochs, cycles, a warm-up, T_max, the code', async () => {
  const page = await openPlan('/plan', {permissions: ['clipboard-read', 'clipboard-write']});
  const focused = () => page.evaluate(() => { const node = document.activeElement; return node.getAttribute('aria-label') || node.id || node.textContent; });
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const now = await focused();
      const seen = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement), within = document.activeElement.closest('.find');
        return style.outlineStyle !== 'none' || (within && getComputedStyle(within).boxShadow !== 'none');
      });
      assert.ok(seen, `no focus to be seen on ${now}`);
      if (now === name) return;
    }
    assert.fail(`${name} is not reached`);
  };
  await tabTo('plan-length');
  await page.keyboard.type('60');
  await tabTo('plan-0-cycles');
  await page.keyboard.type('3');
  await page.waitForURL('**/plan?epochs=60&cycles=3');
  await tabTo('Add warm-up');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/plan?epochs=60&cycles=3&warmup=6');
  await handle(page, 'turn').waitFor();
  await tabTo('T_0 of CosineAnnealingWarmRestarts + warm-up');
  await page.keyboard.press('ArrowLeft');
  await page.locator('#code-panel pre', {hasText: 'T_0=17'}).waitFor();
  await tabTo('code-pytorch');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), 'code-lightning');
  await tabTo('Copy');
  await page.keyboard.press('Enter');
  await page.getByText('Lightning code copied').waitFor();
  await page.done();
});

test('the crosshair reads every schedule at once, and a held one is in the address', async () => {
  const page = await openPlan('/plan?b=StepLR');
  await page.locator('.compared tbody tr').nth(1).getByText('%').waitFor();
  await chart(page, 'plan').locator('.overlay').focus();
  for (let i = 0; i < 26; i++) await page.keyboard.press('ArrowRight');
  const tip = page.locator('.tip');
  assert.match(await tip.innerText(), /^after 25 epochs\s+rate of epoch 26\s/);
  assert.match(await tip.innerText(), /A CosineAnnealingLR\s+0.05\s/);
  assert.match(await tip.innerText(), /B StepLR\s+0.01\b/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**pin=25*');
  await page.done();
});

test('without the server the page says so, keeps the curve, and asks again', async () => {
  const page = await openPlan();
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.getByLabel('Cycles').fill('5');
  await page.locator('.lane-problem', {hasText: 'The server does not answer.'}).waitFor();
  assert.equal(await stat(page, 'T_max').innerText(), '50');
  await page.unroute('**/api/v1/**');
  await page.getByRole('button', {name: 'Retry'}).click();
  await stat(page, 'T_max').getByText('10', {exact: true}).waitFor();
  await page.done();
});

test('odd addresses do no harm', async () => {
  const page = await held.open('/plan?a=NoSuchLR~x:1&b=%3Cimg+src=x+onerror=alert(1)%3E*StepLR~step_size:abc&c=!!!&d=plan~cycles:999&on=z&steps=-3&code=cobol');
  await page.locator('.lane').nth(2).waitFor();
  assert.equal(await page.locator('.lane').count(), 3);
  await page.locator('.lane-problem, .field.wrong').first().waitFor();
  await page.locator('.lane-name', {hasText: '<img'}).click();
  await page.locator('.field.wrong').first().waitFor();
  await page.done();
});
