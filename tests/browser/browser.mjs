// A browser with one server for a test file. Every page is watched: a request to another host, a
// breach of the content security policy or an error in the page's script fails the test.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after} from 'node:test';
import {root, start} from '../support/epochd.mjs';

const require = createRequire(join(root, 'web/package.json'));
const {chromium} = require('playwright-core');
const axeSource = require('axe-core').source;
const screenshots = join(root, 'build/screenshots');

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const WIDE = {width: 1440, height: 900}, NARROW = {width: 390, height: 844};

// Starts both; they end with the test file. options: as for start(), and `fill(server)`, called
// before the first test.
export async function setUp({fill, ...options} = {}) {
  const server = await start(options);
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS});
  const held = {server, browser, open: (path, more) => open(held, path, more)};
  after(async () => {
    await held.browser.close();
    await held.server.stop();
  });
  await fill?.(server);
  return held;
}

// Opens a page in a fresh profile. `page.done()` closes it and says what it did wrong.
async function open(held, path, {theme = 'light', viewport = WIDE, permissions = []} = {}) {
  const origin = held.server.url;
  const context = await held.browser.newContext({
    viewport, colorScheme: theme, permissions, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC',
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage(), faults = [];
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !/^(data|blob):$/.test(url.protocol)) faults.push(`request to ${request.url()}`);
  });
  page.on('pageerror', (error) => faults.push(`error in the page: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.done = async () => {
    faults.push(...await page.evaluate(() => window.violations));
    await context.close();
    assert.deepEqual(faults, []);
  };
  await page.goto(origin + path);
  return page;
}

export async function axe(page) {
  await page.evaluate(axeSource);
  const {violations} = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.map(({id, nodes}) => `${id}: ${nodes.map((node) => node.target.join(' ')).slice(0, 4).join(', ')}`);
}

export async function screenshot(page, name, options = {}) {
  mkdirSync(screenshots, {recursive: true});
  await page.screenshot({path: join(screenshots, `${name}.png`), fullPage: true, ...options});
}

// The cells of a table's body, row by row.
export const cells = (page, selector) => page.locator(`${selector} tbody tr:not([aria-hidden])`).evaluateAll((rows) =>
  rows.map((row) => [...row.children].map((cell) => cell.innerText.trim())));

export const heading = (page, name) => page.getByRole('heading', {name, exact: true});
// The canvas has been drawn and the overlay lies over it.
export const drawn = (page, chart) => page.locator(`section[aria-labelledby="chart-${chart}"] .overlay`).waitFor();
export const chart = (page, name) => page.locator(`section[aria-labelledby="chart-${name}"]`);
