import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Reference, Run, ScheduleParam, ScheduleType, Spec} from '../src/api/types.ts';
import {curvePath, dense, rateAt} from '../src/logic/curves.ts';
import type {Handle} from '../src/logic/handles.ts';
import {dragged, handlesOf, moved, nudged} from '../src/logic/handles.ts';
import {cleanName, declareLine, lane, laneOf, planOf, readLane, writeLane} from '../src/logic/lanes.ts';
import {mainType, parametersOf, pastText, titleOf, typeTitle} from '../src/logic/lanewords.ts';
import {Latest} from '../src/logic/latest.ts';
import {drawUntil, inTurn, spanOf, specOf, takesWarmUp, turnsWith, usualValues, valuesOf, withoutPart, withPart, withTurn, withType, withValue, withWarmUp} from '../src/logic/sequence.ts';

const param = (name: string, more: Partial<ScheduleParam> = {}): ScheduleParam =>
  ({name, required: false, optional: false, integer: false, default: 0, ...more});
const needed = (name: string, integer = true) => param(name, {required: true, integer, default: null});
const type = (name: string, params: ScheduleParam[], more: Partial<ScheduleType> = {}): [string, ScheduleType] =>
  [name, {type: name, framework: 'PyTorch', about: '', list: null, length_param: null, floor_param: null, past: 'stays', alone: false, params, ...more}];
const base = needed('base_lr', false);
const types = new Map([
  type('CosineAnnealingLR', [base, needed('T_max'), param('eta_min')], {length_param: 'T_max', floor_param: 'eta_min', past: 'climbs'}),
  type('LinearLR', [base, param('start_factor', {default: 1 / 3}), param('end_factor', {default: 1}), param('total_iters', {integer: true, default: 5})], {length_param: 'total_iters'}),
  type('StepLR', [base, needed('step_size'), param('gamma', {default: 0.1})], {length_param: 'step_size', past: 'goes_on'}),
  type('MultiStepLR', [base, param('gamma', {default: 0.1})], {list: 'milestones'}),
  type('ExponentialLR', [base, needed('gamma', false)]),
  type('CyclicLR', [base, needed('max_lr', false), param('step_size_up', {integer: true, default: 2000}), param('mode', {default: 'triangular', words: ['triangular', 'triangular2']})], {alone: true}),
  type('OneCycleLR', [needed('max_lr', false), param('total_steps', {optional: true, integer: true, default: null}), param('three_phase', {default: false, words: ['false', 'true']})], {alone: true}),
  type('linear_with_warmup', [base, needed('num_warmup_steps'), needed('num_training_steps')], {length_param: 'num_training_steps', framework: 'Hugging Face'}),
]);

// --- the text of a schedule ---

for (const text of [
  'StepLR', 'StepLR~step_size:20', 'MultiStepLR~milestones:30,60~gamma:0.5', 'plan~cycles:2~warmup:5',
  'LinearLR~total_iters:5!5!CosineAnnealingLR~T_max:45', 'LinearLR!!StepLR~step_size:9', 'a name: mine*StepLR', 'long*LinearLR!5!StepLR!30!CosineAnnealingLR~eta_min:1e-6',
  'OneCycleLR~total_steps:',
]) {
  test(`a schedule survives its text: ${text}`, () => assert.equal(writeLane(readLane(text)!), text));
}
for (const text of ['', 'none', '!5!StepLR', 'StepLR!5!', '~gamma:1', 'name*']) {
  test(`no schedule: "${text}"`, () => assert.equal(readLane(text), null));
}
test('a sequence is read part by part', () => {
  assert.deepEqual(readLane('ours*LinearLR~total_iters:5!5!StepLR~gamma:0.5'), {
    name: 'ours', parts: [{type: 'LinearLR', values: {total_iters: '5'}}, {type: 'StepLR', values: {gamma: '0.5'}}], milestones: ['5'],
  });
});
test('a name cannot break the text', () => {
  assert.equal(cleanName('a*b~c!d'), 'a-b-c-d');
  const odd = {...lane('StepLR'), name: 'a*b~c!d'};
  assert.equal(readLane(writeLane(odd))!.name, 'a-b-c-d');
});
test('what the server says is read back', () => {
  const spec: Spec = {type: 'MultiStepLR', base_lr: 0.1, milestones: [30, 60], gamma: 0.1, unit: 'epoch'};
  assert.equal(writeLane(laneOf(spec)), 'MultiStepLR~base_lr:0.1~milestones:30,60~gamma:0.1');
});
test('a sequence of the server keeps one base_lr', () => {
  const spec: Spec = {type: 'SequentialLR', schedulers: [{type: 'LinearLR', base_lr: 0.1, total_iters: 5}, {type: 'StepLR', base_lr: 0.1, step_size: 9}], milestones: [5], unit: 'epoch'};
  assert.equal(writeLane(laneOf(spec)), 'LinearLR~base_lr:0.1~total_iters:5!5!StepLR~step_size:9');
});
test('parts that step together have no milestones', () => {
  const spec: Spec = {type: 'ChainedScheduler', schedulers: [{type: 'LinearLR', base_lr: 0.1}, {type: 'StepLR', base_lr: 0.1, step_size: 9}], unit: 'epoch'};
  const one = laneOf(spec);
  assert.equal(writeLane(one), 'LinearLR~base_lr:0.1!!StepLR~step_size:9');
  assert.deepEqual(specOf(one, types, 50, 'epoch'), {type: 'ChainedScheduler', base_lr: 0.1, schedulers: [{type: 'LinearLR', total_iters: 50}, {type: 'StepLR', step_size: 9}], unit: 'epoch'});
  assert.deepEqual(handlesOf(one, types, 50).map((h) => [h.kind, h.param, h.from]), [['rate', 'base_lr', 0], ['length', 'step_size', 0]]);
  assert.equal(takesWarmUp(one, types), false);
  assert.equal(titleOf(one, spec), 'LinearLR × StepLR');
  assert.equal(parametersOf(spec), 'LinearLR base_lr 0.1, StepLR step_size 9');
});
test('parts in turn share the run, together they have no turns', () => {
  assert.equal(writeLane(inTurn(readLane('LinearLR!!StepLR!!StepLR')!, true, 30)), 'LinearLR!10!StepLR!20!StepLR');
  assert.equal(writeLane(inTurn(readLane('LinearLR!5!StepLR')!, false, 30)), 'LinearLR!!StepLR');
  assert.equal(writeLane(withPart(readLane('LinearLR!!StepLR')!, 'ConstantLR', 30)), 'LinearLR!!StepLR!!ConstantLR');
});
test('parameters that are left out stay out', () => assert.deepEqual(laneOf({type: 'OneCycleLR', max_lr: 0.1, total_steps: null}).parts[0]!.values, {max_lr: '0.1'}));

const reference = (spec: Spec | null, step: number[]) => ({spec, step} as unknown as Reference);
const run = (epochs: number | null) => ({id: 'r 1', epochs, last_step: 3} as unknown as Run);
test('a run in the planner: over the epochs it plans', () =>
  assert.deepEqual(planOf(reference({type: 'StepLR', step_size: 2, unit: 'epoch'}, [1, 30]), run(50)), {a: 'StepLR~step_size:2', run: 'r 1', epochs: 50}));
test('a run in the planner: over the steps of its curve', () =>
  assert.deepEqual(planOf(reference({type: 'StepLR', step_size: 2, unit: 'step'}, [1, 900]), run(50)), {a: 'StepLR~step_size:2', run: 'r 1', steps: 900}));
test('a run in the planner: without a schedule nothing', () => assert.equal(planOf(reference(null, []), run(50)), null));
test('the line that declares it is one for a shell', () =>
  assert.equal(declareLine('http://h:1', "a b'c", {type: "it's", unit: 'epoch'}), `curl -X PATCH 'http://h:1/api/v1/runs/a%20b%27c' \\\n  -d '{"schedule":{"type":"it'\\''s","unit":"epoch"}}'`));

// --- what it means over a run ---

for (const [name, length, values] of [
  ['CosineAnnealingLR', 50, {base_lr: '0.1', T_max: '50'}],
  ['StepLR', 50, {base_lr: '0.1', step_size: '15'}],
  ['StepLR', 1, {base_lr: '0.1', step_size: '1'}],
  ['MultiStepLR', 40, {base_lr: '0.1', milestones: '20,30'}],
  ['CyclicLR', 50, {base_lr: '0.01', max_lr: '0.1', step_size_up: '10'}],
  ['OneCycleLR', 50, {max_lr: '0.1', total_steps: '50'}],
  ['linear_with_warmup', 200, {base_lr: '0.1', num_warmup_steps: '20', num_training_steps: '200'}],
] as const) {
  test(`what must be given suits ${length} steps: ${name}`, () => assert.deepEqual(usualValues(types.get(name)!, length), values));
}
for (const length of [1, 50, 1e6]) {
  test(`an exponential comes down to about a hundredth in ${length} steps`, () => {
    const end = Number(usualValues(types.get('ExponentialLR')!, length).gamma) ** length;
    assert.ok(end > 0.005 && end < 0.02, String(end));
  });
}
test('typed values come before usual ones', () => assert.deepEqual(valuesOf(lane('StepLR', {step_size: '7'}), 0, types, 50), {base_lr: '0.1', step_size: '7'}));
const warmed = readLane('LinearLR~base_lr:0.2~total_iters:5!5!CosineAnnealingLR')!;
test('a part of a sequence has what is left', () => {
  assert.deepEqual([spanOf(warmed, 0, 50), spanOf(warmed, 1, 50)], [{from: 0, length: 5}, {from: 5, length: 45}]);
  assert.equal(valuesOf(warmed, 1, types, 50).T_max, '45');
});
test('a sequence for the server: one base_lr, numbers, milestones', () => assert.deepEqual(specOf(warmed, types, 50, 'epoch'), {
  type: 'SequentialLR', base_lr: 0.2, milestones: [5], unit: 'epoch',
  schedulers: [{type: 'LinearLR', total_iters: 5}, {type: 'CosineAnnealingLR', T_max: 45}],
}));
test('words, lists and what is left out, for the server', () => {
  assert.deepEqual(specOf(lane('OneCycleLR', {three_phase: 'true', total_steps: ''}), types, 50, 'step'), {type: 'OneCycleLR', max_lr: 0.1, three_phase: true, unit: 'step'});
  assert.deepEqual(specOf(lane('CyclicLR', {mode: 'triangular2'}), types, 50, 'epoch'), {type: 'CyclicLR', base_lr: 0.01, max_lr: 0.1, step_size_up: 10, mode: 'triangular2', unit: 'epoch'});
  assert.deepEqual(specOf(lane('MultiStepLR', {milestones: '3,9'}), types, 50, 'epoch'), {type: 'MultiStepLR', base_lr: 0.1, milestones: [3, 9], unit: 'epoch'});
});
test('a type that is not known goes to the server as it is typed', () => assert.deepEqual(specOf(lane('NoLR', {x: '1'}), types, 50, 'epoch'), {type: 'NoLR', x: 1, unit: 'epoch'}));

// --- building sequences ---

const text = (one: Parameters<typeof writeLane>[0]) => writeLane(one);
test('a warm-up takes a tenth of the run, and what was typed to reach its end still does', () => {
  assert.equal(text(withWarmUp(readLane('CosineAnnealingLR~base_lr:0.3~T_max:50')!, types, 50)), 'LinearLR~base_lr:0.3~start_factor:0.01~total_iters:5!5!CosineAnnealingLR~T_max:45');
});
test('a warm-up leaves another length alone', () =>
  assert.equal(text(withWarmUp(readLane('CosineAnnealingLR~T_max:20')!, types, 50)), 'LinearLR~start_factor:0.01~total_iters:5!5!CosineAnnealingLR~T_max:20'));
test('a warm-up of a plan is its own number', () => assert.equal(text(withWarmUp(readLane('plan~cycles:2')!, types, 50)), 'plan~cycles:2~warmup:5'));
test('a warm-up before a sequence ends before its first turn', () =>
  assert.equal(text(withWarmUp(readLane('StepLR!3!CosineAnnealingLR')!, types, 50)), 'LinearLR~start_factor:0.01~total_iters:2!2!StepLR!3!CosineAnnealingLR'));
for (const [one, takes] of [['CosineAnnealingLR', true], ['plan', true], ['plan~warmup:0', true], ['plan~warmup:3', false], ['OneCycleLR', false], ['linear_with_warmup', false],
  ['LinearLR!5!StepLR', false], ['NoLR', false]] as const) {
  test(`a warm-up can${takes ? '' : 'not'} be put before ${one}`, () => assert.equal(takesWarmUp(readLane(one)!, types), takes));
}
test('another part takes over in the last quarter', () => assert.equal(text(withPart(lane('StepLR'), 'LinearLR', 40)), 'StepLR!30!LinearLR'));
test('another part after two', () => assert.equal(text(withPart(readLane('StepLR!20!LinearLR')!, 'LinearLR', 40)), 'StepLR!20!LinearLR!35!LinearLR'));
test('without its first part a sequence keeps its base_lr', () => assert.equal(text(withoutPart(warmed, 0)), 'CosineAnnealingLR~base_lr:0.2'));
test('without its last part', () => assert.equal(text(withoutPart(warmed, 1)), 'LinearLR~base_lr:0.2~total_iters:5'));
test('without a part in the middle the one before lasts until the next', () => assert.equal(text(withoutPart(readLane('LinearLR!5!StepLR!20!LinearLR')!, 1)), 'LinearLR!20!LinearLR'));
test('another type keeps the rate', () => {
  assert.equal(text(withType(readLane('StepLR~base_lr:0.3~step_size:9')!, 0, 'CosineAnnealingLR')), 'CosineAnnealingLR~base_lr:0.3');
  assert.equal(text(withType(readLane('StepLR~step_size:9')!, 0, 'plan')), 'plan');
});
test('a turn takes the warm-up with it while they agree', () => {
  assert.ok(turnsWith(warmed, 0, types, 50));
  assert.equal(text(withTurn(warmed, 0, '8', types, 50)), 'LinearLR~base_lr:0.2~total_iters:8!8!CosineAnnealingLR');
  assert.equal(text(withTurn(withValue(warmed, 0, 'total_iters', '3'), 0, '8', types, 50)), 'LinearLR~base_lr:0.2~total_iters:3!8!CosineAnnealingLR');
});
for (const [lanes, steps, until] of [
  [['CosineAnnealingLR'], 50, 60], [['CosineAnnealingLR~T_max:100'], 50, 120], [['CosineAnnealingLR~T_max:9000'], 50, 240],
  [['StepLR', 'LinearLR!5!CosineAnnealingLR~T_max:95'], 50, 120], [['plan'], 1, 2], [['plan'], 1e6, 1e6],
] as const) {
  test(`${lanes.join(' and ')} over ${steps} steps is drawn until ${until}`, () => assert.equal(drawUntil(lanes.map((one) => readLane(one)!), types, steps), until));
}

// --- handles ---

const handle = (one: string, key: string): Handle => handlesOf(readLane(one)!, types, 50).find((h) => h.key === key)!;
test('handles of a cosine: its rate, its length, its floor', () =>
  assert.deepEqual(handlesOf(lane('CosineAnnealingLR'), types, 50).map((h) => [h.kind, h.label, h.value]), [['rate', 'base_lr', 0.1], ['length', 'T_max', 50], ['floor', 'eta_min', 0]]));
test('handles of a warmed cosine: the turn too, and the length counts from there', () => {
  const found = handlesOf(warmed, types, 50);
  assert.deepEqual(found.map((h) => [h.kind, h.label, h.value]), [['rate', 'base_lr', 0.2], ['turn', 'warm-up', 5], ['length', 'T_max', 45], ['floor', 'eta_min', 0]]);
  assert.equal(found[2]!.from, 5);
});
test('a type without a length or floor has only its rate', () => assert.deepEqual(handlesOf(lane('OneCycleLR'), types, 50).map((h) => h.param), ['max_lr']));
test('a type that is not known has no handles', () => assert.deepEqual(handlesOf(lane('NoLR'), types, 50), []));

for (const [name, one, key, v, pixel, want] of [
  ['a length is whole', 'CosineAnnealingLR', 'length', 37.4, 0.06, 37],
  ['a length is at least 1', 'CosineAnnealingLR', 'length', -3, 0.06, 1],
  ['a long one is round to a pixel', 'CosineAnnealingLR', 'length', 7268, 12, 7270],
  ['a length counts from its part', 'LinearLR~total_iters:5!5!CosineAnnealingLR', 'length', 37.4, 0.06, 32],
  ['a rate is round to a pixel', 'CosineAnnealingLR', 'rate', 0.08237, 0.0004, 0.0824],
  ['a rate stays above 0', 'CosineAnnealingLR', 'rate', -1, 0.0004, 1e-12],
  ['a floor ends at 0', 'CosineAnnealingLR', 'floor', -0.01, 0.0004, 0],
  ['a floor stays under the rate', 'CosineAnnealingLR', 'floor', 0.2, 0.0004, 0.099],
  ['a rate stays over the floor', 'CosineAnnealingLR~eta_min:0.0099', 'rate', 0, 0.0004, 0.01],
  ['on a log axis three digits', 'CosineAnnealingLR', 'rate', 0.00123456, 0, 0.00123],
  ['a turn stays before the next', 'LinearLR!5!StepLR!20!LinearLR', 'turn0', 33, 0.06, 19],
] as const) {
  test(`dragged: ${name}`, () => assert.equal(dragged(handle(one, key), v, pixel), want));
}
for (const [name, one, key, pressed, far, want] of [
  ['right is one more', 'CosineAnnealingLR', 'length', 'ArrowRight', false, 51],
  ['left is one less', 'CosineAnnealingLR', 'length', 'ArrowLeft', false, 49],
  ['Shift is ten', 'CosineAnnealingLR', 'length', 'ArrowRight', true, 60],
  ['Page Down is ten', 'CosineAnnealingLR', 'length', 'PageDown', false, 40],
  ['Home is 1', 'CosineAnnealingLR', 'length', 'Home', false, 1],
  ['End is the end of the run', 'LinearLR!5!CosineAnnealingLR~T_max:9', 'length', 'End', false, 45],
  ['up moves the second digit', 'CosineAnnealingLR', 'rate', 'ArrowUp', false, 0.11],
  ['down moves the second digit', 'CosineAnnealingLR', 'rate', 'ArrowDown', false, 0.099],
  ['far down is the first digit', 'CosineAnnealingLR', 'rate', 'PageDown', false, 0.09],
  ['far down halves at most', 'CosineAnnealingLR~base_lr:0.012', 'rate', 'PageDown', false, 0.006],
  ['a floor leaves 0', 'CosineAnnealingLR', 'floor', 'ArrowUp', false, 0.0001],
  ['a floor of 0 stays', 'CosineAnnealingLR', 'floor', 'ArrowDown', false, 0],
  ['a small floor ends at 0', 'CosineAnnealingLR~eta_min:0.0001', 'floor', 'PageDown', false, 0],
  ['Home of a floor is 0', 'CosineAnnealingLR~eta_min:0.01', 'floor', 'Home', false, 0],
  ['a letter is no key of it', 'CosineAnnealingLR', 'floor', 'x', false, null],
] as const) {
  test(`by keyboard: ${name}`, () => assert.equal(nudged(handle(one, key), pressed, far, 50), want));
}
test('over many steps an arrow is about a hundredth', () => assert.equal(nudged({...handle('CosineAnnealingLR', 'length'), value: 12_000}, 'ArrowRight', false, 12_000), 12_100));
test('a moved handle is in the text', () => {
  assert.equal(text(moved(lane('CosineAnnealingLR'), handle('CosineAnnealingLR', 'length'), 37, types, 50)), 'CosineAnnealingLR~T_max:37');
  assert.equal(text(moved(warmed, handlesOf(warmed, types, 50)[1]!, 8, types, 50)), 'LinearLR~base_lr:0.2~total_iters:8!8!CosineAnnealingLR');
});

// --- words ---

test('titles', () => {
  assert.equal(typeTitle(['LinearLR', 'CosineAnnealingLR']), 'CosineAnnealingLR + warm-up');
  assert.equal(typeTitle(['StepLR', 'LinearLR']), 'StepLR, LinearLR');
  assert.equal(typeTitle(['LinearLR']), 'LinearLR');
  assert.equal(titleOf({...lane('StepLR'), name: 'mine'}, undefined), 'mine');
  assert.equal(titleOf(lane('plan'), {type: 'CosineAnnealingLR'}), 'CosineAnnealingLR');
  assert.equal(titleOf(lane('plan'), undefined), 'Plan');
  assert.equal(mainType({type: 'SequentialLR', schedulers: [{type: 'LinearLR'}, {type: 'StepLR'}]}), 'StepLR');
});
test('speaking of a schedule does not change it', () => {
  const spec: Spec = {type: 'SequentialLR', schedulers: [{type: 'LinearLR'}, {type: 'StepLR'}], milestones: [5]}, before = JSON.stringify(spec);
  mainType(spec);
  parametersOf(spec);
  titleOf(lane('plan'), spec);
  assert.equal(JSON.stringify(spec), before);
});
test('parameters on a line', () => {
  assert.equal(parametersOf({type: 'MultiStepLR', base_lr: 0.1, milestones: [30, 60], unit: 'epoch'}), 'base_lr 0.1, milestones 30, 60');
  assert.equal(parametersOf({type: 'SequentialLR', schedulers: [{type: 'LinearLR'}, {type: 'StepLR', step_size: 9}], milestones: [5], unit: 'epoch'}), 'after LinearLR to 5, step_size 9');
});
test('past its end', () => {
  assert.deepEqual(pastText({past: 'climbs', length: 25} as never, 'epoch'), {word: 'climbs back', when: 'after 25 epochs'});
  assert.deepEqual(pastText({past: 'goes_on', length: 0} as never, 'step'), {word: 'goes on', when: ''});
});

// --- curves ---

const line = {step: [0, 4, 10], lr: [0, 1, 4]};
test('a curve is read between its steps and held beyond them', () => assert.deepEqual([-1, 0, 1, 4, 6, 10, 12].map((t) => rateAt(line, t)), [0, 0, 0.25, 1, 2, 4, 4]));
test('a curve gets whole steps in between', () => assert.deepEqual(dense(line, 100), {step: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], lr: [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4]}));
test('a long curve gets some, and keeps its own', () => assert.deepEqual(dense({step: [0, 7, 1000], lr: [0, 7, 1000]}, 4).step, [0, 7, 250, 500, 750, 1000]));
test('both sides of a jump stay', () => assert.deepEqual(dense({step: [0, 4, 5, 9], lr: [1, 1, 0, 0]}, 3), {step: [0, 3, 4, 5, 6, 9], lr: [1, 1, 1, 0, 0, 0]}));
test('a small drawing spans its room', () => assert.equal(curvePath({step: [0, 5, 10], lr: [0.1, 0.05, 0]}, 20, 12), 'M0.0 1.0L10.0 6.0L20.0 11.0'));
test('nothing stays nothing', () => assert.deepEqual(dense({step: [], lr: []}, 3), {step: [], lr: []}));

// --- the newest question ---

const settled = () => new Promise((done) => setTimeout(done));
test('one question at a time, and only the newest of those that wait', async () => {
  const asked: number[] = [], told: number[] = [], open: (() => void)[] = [];
  const latest = new Latest<number, number>((q) => { asked.push(q); return new Promise((done) => open.push(() => done(q * 10))); }, (_, answer) => { told.push(answer!); });
  [1, 2, 3].forEach((q) => latest.want(q));
  assert.deepEqual(asked, [1]);
  open[0]!();
  await settled();
  assert.deepEqual([asked, told], [[1, 3], [10]]);
  open[1]!();
  await settled();
  assert.deepEqual([asked, told], [[1, 3], [10, 30]]);
});
test('a failure is told, and the next is asked', async () => {
  const told: unknown[] = [];
  const latest = new Latest<number, number>((q) => (q === 1 ? Promise.reject(new Error('no')) : Promise.resolve(q)), (q, answer, problem) => { told.push([q, answer, problem && (problem as Error).message]); });
  latest.want(1);
  latest.want(2);
  await settled();
  assert.deepEqual(told, [[1, null, 'no'], [2, 2, null]]);
});
test('after the end nothing is told', async () => {
  const told: number[] = [];
  const latest = new Latest<number, number>((q) => Promise.resolve(q), (q) => { told.push(q); });
  latest.want(1);
  latest.want(2);
  latest.stop();
  await settled();
  assert.deepEqual(told, []);
});
