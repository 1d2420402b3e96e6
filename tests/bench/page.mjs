// The page's budgets in a headless Chromium: node page.mjs URL REPETITIONS, called by `bench`. Prints a line
// for each value: figure, unit, aim and value with tabs between. 10,000 runs are there already. Without a browser it says so in one line.
import {createRequire} from 'node:module';
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const [origin, repetitions] = [process.argv[2], Number(process.argv[3])];
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const POINTS = 1000, LONG_POINTS = 100_000, LIVE_SECONDS = 3, POSTS_PER_SECOND = 10, HOVERS = 60;

function value(figure, unit, aim, number) {
  console.log(['page: ' + figure, unit, aim, number].join('\t'));
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const quantile = (numbers, share) => numbers.sort((a, b) => a - b)[Math.ceil(share * numbers.length) - 1];

// --- what is looked at ---

const noise = (i, seed) => Math.sin(i * 12.9898 + seed * 78.233) * 0.05;
// Six charts: losses and rate, and metrics that share no unit.
const record = (epoch) => ({
  epoch, train_loss: 0.2 + 2 / (1 + epoch / 200) + noise(epoch, 1), val_loss: 0.25 + 2 / (1 + epoch / 220) + noise(epoch, 2),
  lr: 0.05 * (1 + Math.cos(Math.PI * epoch / (2 * POINTS))), 'train/accuracy': 0.9 - 0.8 / (1 + epoch / 150), 'val/accuracy': 0.88 - 0.8 / (1 + epoch / 160),
  grad_norm: 1 + noise(epoch, 3) * 8, 'samples/s': 206 + noise(epoch, 4) * 40, gpu_mem: 11.5,
});

async function post(run, body) {
  const answer = await fetch(`${origin}/api/v1/runs/${run}/epochs`, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error(`POST ${run}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

const records = (count, from = 1) => Array.from({length: count}, (_, i) => record(from + i));

async function fill() {
  await post('page', records(POINTS));
  await post('long', records(LONG_POINTS));
}

// --- how ---

// Runs in the page before its own script: when charts were drawn, how long an input took to its frame.
function watchInside() {
  const watched = window.watched = {shift: 0, longest: 0, drawn: 0, frames: [], up: 0, refined: 0};
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) watched.shift += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) watched.longest = Math.max(watched.longest, entry.duration);
  }).observe({type: 'longtask'});
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (/series\?.*from=/.test(entry.name)) watched.refined = entry.responseEnd;
  }).observe({type: 'resource'});
  let overlays = 0;
  new MutationObserver(() => {
    const now = document.querySelectorAll('.overlay').length;
    if (now > overlays) watched.drawn = performance.now();
    overlays = Math.max(overlays, now);
  }).observe(document, {childList: true, subtree: true});
  // After the frame: what a person waits for.
  for (const type of ['keydown', 'pointerup']) {
    addEventListener(type, (event) => {
      const began = event.timeStamp;
      if (type === 'pointerup') watched.up = began;
      requestAnimationFrame(() => {
        const {port1, port2} = new MessageChannel();
        port1.onmessage = () => watched.frames.push(performance.now() - began);
        port2.postMessage(0);
      });
    }, {capture: true});
  }
}

// A page in a fresh profile, with the browser's own counters beside it.
async function open(browser, path, {slower = 1} = {}) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, reducedMotion: 'reduce'});
  const page = await context.newPage();
  const inside = await context.newCDPSession(page);
  const loaded = {bytes: 0, requests: 0};
  const assets = new Set();
  inside.on('Network.responseReceived', ({requestId, type}) => {
    if (!['Fetch', 'XHR', 'EventSource'].includes(type)) assets.add(requestId);
  });
  inside.on('Network.loadingFinished', ({requestId, encodedDataLength}) => {
    if (!assets.has(requestId)) return;
    loaded.bytes += encodedDataLength;
    loaded.requests++;
  });
  await inside.send('Network.enable');
  await inside.send('Performance.enable');
  if (slower > 1) await inside.send('Emulation.setCPUThrottlingRate', {rate: slower});
  await page.addInitScript(watchInside);
  await page.goto(origin + path);
  const counters = async () => Object.fromEntries((await inside.send('Performance.getMetrics')).metrics.map(({name, value: number}) => [name, number]));
  return {page, loaded, counters, inside, watched: () => page.evaluate(() => window.watched), close: () => context.close()};
}

const paint = (page) => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
const drawn = (page, chart) => page.locator(`section[aria-labelledby="chart-${chart}"] .overlay`).waitFor();

// What the main thread computed in ms while `act` ran and the page came to rest after it.
async function spent(held, what, act) {
  const before = await held.counters();
  await act();
  await sleep(400);
  return 1000 * ((await held.counters())[what] - before[what]);
}

async function load(browser) {
  const held = await open(browser, '/run/page');
  await drawn(held.page, 'loss');
  await sleep(700);                        // what comes later counts as well
  const {drawn: drawnAt, shift} = await held.watched();
  value('first load, compressed', 'kB', '< 105 kB', held.loaded.bytes / 1000);
  value('first load, files', '', '', held.loaded.requests);
  value('first contentful paint', 'ms', '< 200 ms', await paint(held.page));
  value('charts drawn after navigation', 'ms', '< 400 ms', drawnAt);
  value('layout shift, loading', '', '0', shift);
  await held.inside.send('HeapProfiler.collectGarbage');
  const {JSHeapUsedSize} = await held.counters();
  value('heap of a run', 'MB', '< 30 MB', JSHeapUsedSize / 1e6);
  value('elements of a run', '', '< 1500', await held.page.evaluate(() => document.querySelectorAll('*').length));
  await held.close();
  const slow = await open(browser, '/run/page', {slower: 4});
  await drawn(slow.page, 'loss');
  value('first contentful paint, CPU 4x slower', 'ms', '< 600 ms', await paint(slow.page));
  await slow.close();
}

async function drag(page, from, to) {
  const box = await page.locator('section[aria-labelledby="chart-loss"] .overlay').boundingBox();
  await page.mouse.move(box.x + box.width * from, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 120, {steps: 4});
  await page.mouse.up();
}

async function interact(browser) {
  const held = await open(browser, '/run/page'), {page} = held;
  await drawn(page, 'loss');
  await sleep(700);
  await page.evaluate(() => Object.assign(window.watched, {longest: 0, frames: []}));
  const box = await page.locator('section[aria-labelledby="chart-loss"] .overlay').boundingBox();
  const hovered = await spent(held, 'ScriptDuration', async () => {
    for (let i = 0; i < HOVERS; i++) await page.mouse.move(box.x + box.width * (i + 1) / (HOVERS + 2), box.y + 100);
  });
  value('hover, script', 'ms/move', '< 2 ms', hovered / HOVERS);
  value('zoom by drag, main thread', 'ms', '< 60 ms', await spent(held, 'TaskDuration', () => drag(page, 0.5, 0.6)));
  for (const key of ['l', 's', 'o']) value('log, smooth or clip, main thread', 'ms', '< 60 ms', await spent(held, 'TaskDuration', () => page.keyboard.press(key)));
  const {frames, longest} = await held.watched();
  value('input to the next frame, p75', 'ms', '< 100 ms', quantile(frames, 0.75));
  value('longest task over 50 ms', 'ms', '< 100 ms', longest);
  await held.close();
}

async function refine(browser) {
  const held = await open(browser, '/run/long');
  await drawn(held.page, 'loss');
  await sleep(300);
  await drag(held.page, 0.5, 0.6);
  await held.page.waitForFunction(() => window.watched.refined > 0);
  const {up, refined} = await held.watched();
  value('zoom refined by the server, 100,000 points', 'ms', '< 150 ms', refined - up);
  await held.close();
}

async function live(browser, round) {
  const held = await open(browser, '/run/page');
  await drawn(held.page, 'loss');
  await held.page.locator('.live.on').waitFor();
  await sleep(500);
  await held.page.evaluate(() => { window.watched.shift = 0; });
  const charts = await held.page.locator('.overlay').count();
  let epoch = POINTS + round * LIVE_SECONDS * POSTS_PER_SECOND;
  const script = await spent(held, 'ScriptDuration', async () => {
    for (let i = 0; i < LIVE_SECONDS * POSTS_PER_SECOND; i++) {
      await post('page', record(++epoch));
      await sleep(1000 / POSTS_PER_SECOND);
    }
  });
  value('live, script of a chart', 'ms/s', '< 16 ms', script / LIVE_SECONDS / charts);
  value('layout shift, live', '', '0', (await held.watched()).shift);
  await held.close();
}

async function search(browser) {
  const held = await open(browser, '/runs'), {page} = held;
  await page.getByText(/of 10,00\d|10,00\d runs/).first().waitFor();
  await page.getByRole('searchbox').focus();
  await page.evaluate(() => Object.assign(window.watched, {frames: []}));
  for (const key of 'other-12') {
    await page.keyboard.press(key);
    await sleep(60);
  }
  await sleep(300);
  value('keystroke in the search of 10,000 runs, p75', 'ms', '< 50 ms', quantile((await held.watched()).frames, 0.75));
  await held.close();
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let chromium;
try {
  ({chromium} = createRequire(join(root, 'web/package.json'))('playwright-core'));
} catch { /* said below */ }
if (!chromium || !existsSync(chromiumPath)) {
  console.log(`page: not measured: ${chromium ? `there is no ${chromiumPath}` : 'playwright-core is not installed'}`);
  process.exit(0);
}
await fill();
const browser = await chromium.launch({executablePath: chromiumPath, args: FLAGS});
try {
  for (let round = 0; round < repetitions; round++) {
    await load(browser);
    await interact(browser);
    await refine(browser);
    await live(browser, round);
    await search(browser);
  }
} finally {
  await browser.close();
}
