// What a schedule of the planner means over a run of so many steps: the values that were not
// typed, the warm-up before it, the words that the server understands.
import type {Json, ScheduleParam, ScheduleType, Spec} from '../api/types.ts';
import type {Lane, Part} from './lanes.ts';
import {isChained, isPlan, lane} from './lanes.ts';

export type Types = Map<string, ScheduleType>;
export const RATE = '0.1';
const WARM_UP = 'LinearLR';

const share = (length: number, part: number) => String(Math.max(1, Math.round(length * part)));

// The factor that brings a rate down to a hundredth over the run.
function gammaFor(length: number): string {
  const loss = 1 - 0.01 ** (1 / Math.max(1, length));
  return String(Number((1 - Number(loss.toPrecision(2))).toFixed(12)));
}

function usual({name, integer, default: given}: ScheduleParam, length: number, both: boolean): string {
  if (/warmup/.test(name)) return share(length, 0.1);
  if (/^step_size/.test(name)) return share(length, both ? 0.2 : 0.3);
  if (/decay_steps$/.test(name)) return share(length, name === 'num_decay_steps' ? 0.2 : name === 'first_decay_steps' ? 1 / 3 : 1);
  if (name === 'min_lr_rate') return '0.1';
  if (name === 'T_0') return share(length, 0.5);
  if (name === 'gamma') return gammaFor(length);
  if (name === 'base_lr' && both) return String(Number(RATE) / 10);
  if (/lr$|learning_rate$/.test(name)) return RATE;
  return integer ? share(length, 1) : String(given ?? 1);
}

// Those of which the framework wants one or another.
const oneOf = ['total_steps', 'num_training_steps', 'min_lr_rate', 'step_size_up'];

// Every parameter that must be given, and each that says how long it is, filled in to suit a run
// of so many steps.
export function usualValues({params, list, length_param: long}: ScheduleType, length: number): Record<string, string> {
  const both = params.some((p) => p.name === 'base_lr') && params.some((p) => p.name === 'max_lr');
  const wanted = params.filter((p) => p.required || p.name === long || oneOf.includes(p.name));
  return Object.fromEntries([
    ...wanted.map((p) => [p.name, usual(p, length, both)]),
    ...(list ? [[list, `${share(length, 0.5)},${share(length, 0.75)}`]] : []),
  ]);
}

// Where part i begins and how long it has, in steps.
export function spanOf({parts, milestones}: Lane, i: number, steps: number): {from: number; length: number} {
  if (isChained({name: '', parts, milestones})) return {from: 0, length: steps};
  const from = i ? Number(milestones[i - 1]) || 0 : 0;
  const to = i < parts.length - 1 ? Number(milestones[i]) || steps : steps;
  return {from, length: Math.max(1, to - from)};
}

// The values of part i in effect: usual ones under those that were typed.
export function valuesOf(one: Lane, i: number, types: Types, steps: number): Record<string, string> {
  const type = types.get(one.parts[i]!.type);
  return {...(type && usualValues(type, spanOf(one, i, steps).length)), ...one.parts[i]!.values};
}

function json(text: string, param: ScheduleParam | undefined): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  return param?.words ? text : Number(text);
}

function partSpec({type}: Part, values: Record<string, string>, types: Types): Spec {
  const row = types.get(type), numbers = (text: string) => text.split(',').map(Number);
  const given = Object.entries(values).filter(([, text]) => text !== '');
  return {type, ...Object.fromEntries(given.map(([name, text]) =>
    [name, name === row?.list ? numbers(text) : json(text, row?.params.find((p) => p.name === name))]))};
}

// As the server reads it. Not for a plan.
export function specOf(one: Lane, types: Types, steps: number, unit: string): Spec {
  const values = one.parts.map((_, i) => valuesOf(one, i, types, steps));
  if (one.parts.length === 1) return {...partSpec(one.parts[0]!, values[0]!, types), unit};
  const {base_lr: rate = RATE} = values[0]!;
  const schedulers = one.parts.map((part, i) => {
    const {base_lr: _, ...rest} = values[i]!;
    return partSpec(part, rest, types);
  });
  const whole = {base_lr: Number(rate), schedulers, unit};
  return isChained(one) ? {type: 'ChainedScheduler', ...whole} : {type: 'SequentialLR', ...whole, milestones: one.milestones.map(Number)};
}

// Whether a warm-up can be put before it: not before what sets the rate by itself or has its own.
export function takesWarmUp(one: Lane, types: Types): boolean {
  if (isChained(one)) return false;
  if (isPlan(one)) return !Number(one.parts[0]!.values.warmup);
  const first = types.get(one.parts[0]!.type);
  return first !== undefined && !first.alone && first.type !== WARM_UP && !first.params.some((p) => /warmup/.test(p.name));
}

// A tenth of the run warms up. A length that was typed and led to the end of the run still does.
export function withWarmUp(one: Lane, types: Types, steps: number): Lane {
  const [first, ...others] = one.parts;
  const rise = Math.max(1, Math.min(Number(share(steps, 0.1)), spanOf(one, 0, steps).length - 1));
  if (isPlan(one)) return {...one, parts: [{...first!, values: {...first!.values, warmup: String(rise)}}]};
  const {base_lr: rate, ...values} = first!.values;
  const long = types.get(first!.type)?.length_param;
  if (long && Number(values[long]) === spanOf(one, 0, steps).length) values[long] = String(Math.max(1, Number(values[long]) - rise));
  return {
    ...one,
    parts: [{type: WARM_UP, values: {...(rate !== undefined && {base_lr: rate}), start_factor: '0.01', total_iters: String(rise)}}, {...first!, values}, ...others],
    milestones: [String(rise), ...one.milestones],
  };
}

// Another part after the last: what there is keeps three quarters of its time.
export function withPart(one: Lane, type: string, steps: number): Lane {
  if (isChained(one)) return {...one, parts: [...one.parts, {type, values: {}}], milestones: [...one.milestones, '']};
  const last = one.parts.length - 1, {from, length} = spanOf(one, last, steps);
  return {...one, parts: [...one.parts, {type, values: {}}], milestones: [...one.milestones, String(from + Math.max(1, Math.round(length * 0.75)))]};
}

export function withoutPart(one: Lane, i: number): Lane {
  const rate = one.parts[0]!.values.base_lr, parts = one.parts.filter((_, k) => k !== i);
  if (i === 0 && rate !== undefined) parts[0] = {...parts[0]!, values: {base_lr: rate, ...parts[0]!.values}};
  return {...one, parts, milestones: one.milestones.filter((_, k) => k !== Math.max(0, i - 1))};
}

// Its parts stepped together, or in turn for equal shares of the run.
export function inTurn(one: Lane, turn: boolean, steps: number): Lane {
  const at = (i: number) => String(Math.max(i + 1, Math.round((steps * (i + 1)) / one.parts.length)));
  return {...one, milestones: one.milestones.map((_, i) => (turn ? at(i) : ''))};
}

// Another type in the place of part i; the rate stays when both call it the same.
export function withType(one: Lane, i: number, type: string): Lane {
  const {base_lr: rate} = one.parts[i]!.values;
  const next = lane(type, rate !== undefined && type !== 'plan' ? {base_lr: rate} : {}).parts[0]!;
  return {...one, parts: one.parts.map((part, k) => (k === i ? next : part))};
}

export function withValue(one: Lane, i: number, name: string, text: string): Lane {
  return {...one, parts: one.parts.map((part, k) => (k === i ? {...part, values: {...part.values, [name]: text}} : part))};
}
// Whether part i lasts just until the next takes over.
export function turnsWith(one: Lane, i: number, types: Types, steps: number): boolean {
  const long = types.get(one.parts[i]!.type)?.length_param;
  return Boolean(long) && i < one.milestones.length && Number(valuesOf(one, i, types, steps)[long!]) === Number(one.milestones[i]) - spanOf(one, i, steps).from;
}

// Another milestone after part i. A warm-up that lasts until there still does.
export function withTurn(one: Lane, i: number, at: string, types: Types, steps: number): Lane {
  const next = {...one, milestones: one.milestones.map((old, k) => (k === i ? at : old))};
  if (!turnsWith(one, i, types, steps)) return next;
  return withValue(next, i, types.get(one.parts[i]!.type)!.length_param!, String(Number(at) - spanOf(one, i, steps).from));
}

// How far the curves are drawn: past the end of the run and of the longest of them, so that one sees
// what comes after; a schedule far too long goes out of sight.
const FAR = 4, BEYOND = 1.2, STEPS_MAX = 1e6;
export function drawUntil(lanes: Lane[], types: Types, steps: number): number {
  const ends = lanes.map((one) => {
    const last = one.parts.length - 1, long = types.get(one.parts[last]!.type)?.length_param;
    const length = long ? Number(valuesOf(one, last, types, steps)[long]) : 0;
    return spanOf(one, last, steps).from + (Number.isFinite(length) ? length : 0);
  });
  return Math.min(STEPS_MAX, Math.ceil(Math.min(Math.max(steps, ...ends), steps * FAR) * BEYOND));
}
