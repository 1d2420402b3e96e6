// `epochd schedule` says what the HTTP interface says, and shows it to a person.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {binary} from '../support/epochd.mjs';
import {body, serverFor} from './support.mjs';

function schedule(words, env = {}) {
  const {status, stdout, stderr} = spawnSync(binary, ['schedule', ...words], {encoding: 'utf8', maxBuffer: 1 << 26, env: {...process.env, COLUMNS: '', ...env}});
  return {status, out: stdout, said: stderr};
}
function good(words, env) {
  const {status, out, said} = schedule(words, env);
  assert.equal(status, 0, said);
  return out;
}

const warmUp = {
  type: 'SequentialLR', base_lr: 0.1, milestones: [5],
  schedulers: [{type: 'LinearLR', start_factor: 0.2, total_iters: 5}, {type: 'CosineAnnealingLR', T_max: 45}],
};
const asked = [
  ['a type with parameters', '/api/v1/schedule?type=CyclicLR&base_lr=0.01&max_lr=0.1&step_size_up=4&mode=triangular2&steps=40',
    ['--type', 'CyclicLR', '--base_lr', '0.01', '--max_lr=0.1', '--step-size-up', '4', '--mode', 'triangular2', '--steps', '40']],
  ['a spec in steps, thinned', `/api/v1/schedule?spec=${encodeURIComponent(JSON.stringify(warmUp))}&steps=50&points=16&unit=step`,
    ['--spec', JSON.stringify(warmUp), '--steps', '50', '--points', '16', '--unit', 'step']],
  ['code for Keras', '/api/v1/schedule?type=StepLR&base_lr=0.1&step_size=3&framework=keras',
    ['--type', 'StepLR', '--step_size', '3', '--framework', 'keras']],
  ['a plan', '/api/v1/plan?epochs=50&cycles=2&warmup=3&eta_min=0.001&steps_per_epoch=391&framework=lightning',
    ['--epochs', '50', '--cycles', '2', '--warmup', '3', '--eta-min', '0.001', '--steps-per-epoch', '391', '--framework', 'lightning']],
];
for (const [name, path, words] of asked) {
  test(`--json is the answer over HTTP: ${name}`, async (t) => {
    const server = await serverFor(t);
    assert.deepEqual(JSON.parse(good([...words, '--json'])), await body(server.get(path)));
  });
}

test('--help and --list name every type with every parameter of the table', async (t) => {
  const server = await serverFor(t);
  const {schedules} = await body(server.get('/api/v1/schedules'));
  const help = good(['--help']), list = good(['--list']);
  for (const {type, params, list: values, about} of schedules) {
    const [, block] = help.split(new RegExp(`^  ${type}\n`, 'm'));
    assert.ok(block, type);
    const words = block.split(/^  \S/m)[0].split(/\s+/);
    for (const {name, optional} of params) assert.ok(words.some((word) => word.split('=')[0] === (optional ? `[${name}]` : name)), `${type} ${name}`);
    if (values) assert.ok(words.some((word) => word.startsWith(`${values}=`)), `${type} ${values}`);
    assert.ok(list.replace(/\s+/g, ' ').includes(about), about);
  }
});

test('a table to its one descent, every digit in CSV', () => {
  const words = ['--type', 'CosineAnnealingLR', '--T_max', '10'];
  const rows = good([...words, '--csv']).trim().split('\n').map((line) => line.split(','));
  assert.deepEqual(rows[0], ['step', 'lr']);
  assert.deepEqual(rows.slice(1).map(([step]) => Number(step)), [...Array(11).keys()]);
  assert.deepEqual([rows[1][1], rows[6][1], rows[11][1]], ['0.1', '0.05', '0']);
  assert.equal(rows[2][1], String(0.05 * (1 + Math.cos(Math.PI / 10))));
  assert.match(good(words), /^ +epoch {2}lr\n +0 {2}0\.1\n +1 {2}0\.0975528\n/);
  assert.match(good([...words, '--unit', 'step']), /^ +step /);
});

test('a long table is as many rows as draw it, and says so; CSV has them all', () => {
  const words = ['--type', 'linear_with_warmup', '--num_warmup_steps', '500', '--num_training_steps', '10000'];
  const table = good(words);
  assert.match(table, /\n +500 {2}0\.1\n/, 'the corner');
  assert.match(table, /\n +10000 {2}0\n\(\d+ of 10001 steps/);
  assert.ok(table.split('\n').length < 50);
  assert.equal(good([...words, '--csv']).trim().split('\n').length, 10002);
  assert.ok(good([...words, '--csv', '--points', '20']).trim().split('\n').length <= 21);
});

test('a long plan has all its rows in CSV, too', () => {
  assert.equal(good(['--epochs', '30000', '--csv']).trim().split('\n').length, 30002);
});

// A fall of less than can be seen: the drawing keeps both its sides, lines alone would not.
const stepped = {type: 'ChainedScheduler', base_lr: 0.1, schedulers: [{type: 'PolynomialLR', total_iters: 10000, power: 2}, {type: 'MultiStepLR', milestones: [5000], gamma: 0.9999}]};
test('a table and CSV are thinned as the HTTP interface thins', async (t) => {
  const server = await serverFor(t);
  for (const [type, params] of [['StepLR', {step_size: 30, gamma: 0.5, steps: 1000, points: 50}], ['', {spec: JSON.stringify(stepped), steps: 10000, points: 16}],
    ['CyclicLR', {base_lr: 0.01, max_lr: 0.1, step_size_up: 5, steps: 3000, points: 100}]]) {
    const all = {...(type && {type, base_lr: 0.1}), ...params};
    const {step, lr} = await body(server.get(`/api/v1/schedule?${new URLSearchParams(all)}`));
    const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const rows = good([...words, '--csv']).trim().split('\n').slice(1).map((line) => line.split(',').map(Number));
    assert.deepEqual(rows, step.map((at, i) => [at, lr[i]]), type);
    const table = good(words).split('\n').slice(1).map((line) => line.match(/^ *(\d+) {2}/)?.[1]).filter(Boolean).map(Number);
    assert.deepEqual(table, step, type);
  }
});

test('a chart as wide as the terminal', () => {
  const words = ['--type', 'CosineAnnealingLR', '--T_max', '10', '--plot'];
  for (const [columns, width] of [['', 80], ['120', 120], ['10', 40]]) {
    const lines = good(words, {COLUMNS: columns}).trimEnd().split('\n');
    assert.equal(lines.length, 13);
    for (const line of lines) assert.equal([...line].length, width, line);
    assert.match(lines[0], /^ {6}0\.1 [⠀-⣿]+$/);
    assert.match(lines[11], /^ {8}0 /);
    assert.match(lines[12], / 0 +epoch 10$/);
    assert.equal(lines[0].at(10) > '⠀' && lines[11].at(-1) > '⠀' && lines[0].at(-1) === '⠀', true, 'it falls');
  }
});

test('notes go to stderr, so that a pipe gets the table alone', () => {
  const {out, said} = schedule(['--type', 'CosineAnnealingLR', '--T_max', '5', '--steps', '10', '--csv']);
  assert.match(said, /^note: .*climbs back/);
  assert.doesNotMatch(out, /note/);
});

test('a plan says what to use, draws it, weighs others and gives the code', () => {
  const plan = good(['--epochs', '50', '--cycles', '2']);
  assert.match(plan, /^50 epochs, 2 cycles: CosineAnnealingWarmRestarts, T_max 25\n/);
  assert.match(plan, /[⠁-⣿]/);
  assert.match(plan, /climbs back\s+towards 0\.1 in\s+epochs 26-50/);
  for (const other of ['CosineAnnealingLR', 'OneCycleLR', 'warmup_stable_decay', 'LinearLR']) assert.match(plan, new RegExp(`^ {2}${other} +\\d+\\.\\d %`, 'm'));
  assert.match(plan, /\npytorch:\n\nimport torch\n[^]*T_0=25/);
  assert.match(good(['--epochs', '50', '--cycles', '2', '--framework', 'keras']), /\nkeras:\n\nimport keras\n/);
  assert.match(good(['--epochs', '50', '--code', '--framework', 'huggingface']), /^import transformers\n[^]*lr_scheduler_type="cosine"/);
});

const refused = [
  ['a type in other words', ['--type', 'cosine'], 'did you mean "CosineAnnealingLR"?'],
  ['a misspelt parameter', ['--type', 'CosineAnnealingLR', '--max-T', '5'], 'CosineAnnealingLR has no parameter "max_T": did you mean "T_max"?'],
  ['a parameter of another type', ['--type', 'StepLR', '--step_size', '5', '--pct_start', '0.1'], 'it has base_lr, step_size, gamma'],
  ['a misspelt flag', ['--type', 'constant', '--cvs'], 'did you mean --csv?'],
  ['a parameter that must be there', ['--type', 'CosineAnnealingLR'], 'CosineAnnealingLR needs "T_max"'],
  ['a spec that is cut', ['--spec', '{"type":'], 'spec: line 1'],
  ['nothing', [], '--type NAME'],
];
for (const [name, words, says] of refused) {
  test(`refused with what to do: ${name}`, () => {
    const {status, out, said} = schedule(words);
    assert.deepEqual([status, out], [2, '']);
    assert.match(said, /^epochd schedule: .*\n$/);
    assert.ok(said.includes(says), said);
  });
}
