// What of a schedule can be taken hold of on its chart, and what a move or an arrow key makes of it.
import type {Lane} from './lanes.ts';
import {isChained} from './lanes.ts';
import type {Types} from './sequence.ts';
import {spanOf, valuesOf, withTurn, withValue} from './sequence.ts';

export interface Handle {
  key: string;
  kind: 'rate' | 'length' | 'floor' | 'turn';   // turn: where the next part of a sequence takes over
  part: number;
  param: string;
  label: string;
  value: number;
  min: number;
  max: number;
  from: number;         // of a length: the step it counts from
}

const NEARLY = 0.99;
export const isAcross = ({kind}: Handle) => kind === 'length' || kind === 'turn';

// The rate at the start; the length and the floor of the last part; the turns between parts.
export function handlesOf(one: Lane, types: Types, steps: number): Handle[] {
  const last = one.parts.length - 1, type = types.get(one.parts[last]!.type), first = types.get(one.parts[0]!.type);
  if (!type || !first) return [];
  const values = one.parts.map((_, i) => valuesOf(one, i, types, steps));
  const number = (part: number, param: string) => Number(values[part]![param] || (types.get(one.parts[part]!.type)?.params.find((p) => p.name === param)?.default ?? NaN));
  const rateName = first.params[0]!.name, rate = number(0, rateName), floorName = type.floor_param, longName = type.length_param;
  const floor = floorName ? number(last, floorName) : 0, {from} = spanOf(one, last, steps);
  const made: Handle[] = [{key: 'rate', kind: 'rate', part: 0, param: rateName, label: rateName, value: rate,
    min: floor > 0 ? floor / NEARLY : 1e-12, max: Infinity, from: 0}];
  if (!isChained(one)) one.milestones.forEach((at, i) => made.push({key: `turn${i}`, kind: 'turn', part: i, param: 'milestones',
    label: i === 0 && first.type === 'LinearLR' ? 'warm-up' : 'milestone', value: Number(at),
    min: (Number(one.milestones[i - 1]) || 0) + 1, max: (Number(one.milestones[i + 1]) || Infinity) - 1, from: 0}));
  if (longName) made.push({key: 'length', kind: 'length', part: last, param: longName, label: longName, value: number(last, longName), min: 1, max: Infinity, from});
  if (floorName) made.push({key: 'floor', kind: 'floor', part: last, param: floorName, label: floorName, value: floor, min: 0, max: rate * NEARLY, from: 0});
  return made.filter(({value}) => Number.isFinite(value));
}

const decade = (v: number) => 10 ** Math.floor(Math.log10(v));
const digits = (v: number, n: number) => Number(v.toPrecision(n));
const within = (v: number, {min, max}: Handle) => Math.max(min, Math.min(max, v));

// The value under the pointer: v in the axis' units, of which one pixel is so many. Round as far as
// a pixel allows; on a log axis (pixel 0) to three digits.
export function dragged(handle: Handle, v: number, pixel: number): number {
  if (isAcross(handle)) {
    const grain = Math.max(1, decade(pixel));
    return within(Math.max(1, Math.round((v - handle.from) / grain) * grain), handle);
  }
  const grain = pixel > 0 ? decade(pixel) : 0;
  return digits(within(grain ? Math.round(v / grain) * grain : digits(v, 3), handle), 6);
}

// Arrow keys move a length by a hundredth of the run, a rate by its second digit; Shift and the
// page keys ten times as far. null: not a key of a slider.
export function nudged(handle: Handle, key: string, far: boolean, steps: number): number | null {
  const way = {ArrowRight: 1, ArrowUp: 1, PageUp: 10, ArrowLeft: -1, ArrowDown: -1, PageDown: -10}[key];
  if (key === 'Home') return isAcross(handle) ? handle.min : handle.kind === 'floor' ? 0 : null;
  if (key === 'End') return isAcross(handle) ? within(steps - handle.from, handle) : null;
  if (!way) return null;
  const times = way * (far && Math.abs(way) === 1 ? 10 : 1), {value} = handle;
  if (isAcross(handle)) return within(value + times * Math.max(1, decade(steps / 100)), handle);
  const least = digits((Number.isFinite(handle.max) ? handle.max : value) / 1000, 1);     // of a floor that is not 0
  if (value <= 0) return times > 0 ? least : 0;
  if (times < 0 && handle.kind === 'floor' && value <= least) return 0;
  const next = value + times * decade(times < 0 ? value * (1 - 1e-9) : value) / 10;
  return digits(within(Math.max(next, value / 2), handle), 6);
}

export const moved = (one: Lane, handle: Handle, value: number, types: Types, steps: number): Lane =>
  (handle.kind === 'turn' ? withTurn(one, handle.part, String(value), types, steps) : withValue(one, handle.part, handle.param, String(value)));
