// Runs tests of several kinds, reads their TAP, prints the count of each kind and one closing
// line `N passed, N failed`. Fails when a test failed, a program died or a kind ran no test.
//
//   node tests/run.mjs --out FILE KIND=COMMAND... [KIND=COMMAND...]
//   node tests/run.mjs --sum FILE...        adds up what earlier calls wrote
//
// A command is split at blanks; the same kind may be given several times.
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

// Node's own runner wraps each file in a test of the file's name: not a test of ours.
const isWrapper = (name) => /\.(m|c)?js$/.test(name);

export function countTap(text) {
  const count = {passed: 0, failed: 0, skipped: 0, failures: []};
  for (const line of text.split('\n')) {
    const found = /^\s*(not )?ok \d+ -? ?(.*)$/.exec(line);
    if (!found || isWrapper(found[2].trim())) continue;
    if (/# skip/i.test(found[2])) count.skipped++;
    else if (!found[1]) count.passed++;
    else {
      count.failed++;
      count.failures.push(found[2].trim());
    }
  }
  return count;
}

function run(command) {
  return new Promise((resolve) => {
    const [program, ...args] = command.split(/\s+/);
    const child = spawn(program, args, {
      env: {...process.env, CMOCKA_MESSAGE_OUTPUT: 'TAP'},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '', err = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    child.on('error', (error) => resolve({out, err: String(error), code: 127}));
    child.on('close', (code, signal) => resolve({out, err, code: code ?? signal}));
  });
}

function report(kinds) {
  const sum = {passed: 0, failed: 0, skipped: 0};
  for (const [kind, count] of Object.entries(kinds)) {
    const skipped = count.skipped ? `, ${count.skipped} skipped` : '';
    console.log(`${kind.padEnd(8)} ${count.passed} passed, ${count.failed} failed${skipped}`);
    for (const key of Object.keys(sum)) sum[key] += count[key];
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed === 0;
}

async function runKinds(out, rows) {
  const kinds = {};
  for (const row of rows) {
    const at = row.indexOf('=');
    const kind = row.slice(0, at), command = row.slice(at + 1);
    const started = Date.now();
    const result = await run(command);
    const count = countTap(result.out);
    if (result.code !== 0 && count.failed === 0) {
      count.failed++;
      count.failures.push(`${command} ended with ${result.code}`);
    }
    const total = (kinds[kind] ??= {passed: 0, failed: 0, skipped: 0});
    for (const key of Object.keys(total)) total[key] += count[key];
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${kind.padEnd(8)} ${command}  ${count.passed} ok, ${count.failed} not ok  ${seconds} s`);
    if (count.failed) console.log(result.out + result.err);
    for (const name of count.failures) console.log(`not ok: ${name}`);
  }
  for (const [kind, count] of Object.entries(kinds)) {
    if (count.passed + count.failed > 0) continue;
    console.log(`not ok: ${kind} ran no test`);
    count.failed++;
  }
  mkdirSync(dirname(out), {recursive: true});
  writeFileSync(out, JSON.stringify(kinds));
  return report(kinds);
}

function sumUp(files) {
  const kinds = {};
  for (const file of files) {
    if (existsSync(file)) Object.assign(kinds, JSON.parse(readFileSync(file, 'utf8')));
  }
  return Object.keys(kinds).length > 0 && report(kinds);
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--sum') process.exit(sumUp(rest) ? 0 : 1);
if (mode === '--out') process.exit((await runKinds(rest[0], rest.slice(1))) ? 0 : 1);
