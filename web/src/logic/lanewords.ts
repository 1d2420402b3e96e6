// Schedules in words: what one is called, its parameters on a line, what becomes of it.
import type {Curve, Spec} from '../api/types.ts';
import {count, json, plural, value} from './format.ts';
import type {Lane} from './lanes.ts';
import {isPlan} from './lanes.ts';

export type Unit = 'epoch' | 'step';

const typesOf = (spec: Spec): string[] =>
  (Array.isArray(spec.schedulers) ? (spec.schedulers as Spec[]).map((part) => part.type) : [spec.type]);

// "CosineAnnealingLR + warm-up"
export function typeTitle(types: string[]): string {
  const [first, ...others] = types;
  if (first === 'LinearLR' && others.length) return `${others.join(', ')} + warm-up`;
  return types.join(', ');
}

// What the run follows in the end: of a sequence its last part.
export const mainType = (spec: Spec): string => typesOf(spec).pop()!;

// The name it was given, else what it is. A plan is what the server found for it.
export function titleOf(lane: Lane, spec: Spec | undefined): string {
  if (lane.name) return lane.name;
  if (!isPlan(lane)) return typeTitle(lane.parts.map((part) => part.type));
  return spec ? typeTitle(typesOf(spec)) : 'Plan';
}

// "T_0 25, T_mult 1": what tells it apart; of a sequence its last part.
export function parametersOf(spec: Spec): string {
  const parts = Array.isArray(spec.schedulers) ? spec.schedulers as Spec[] : [spec];
  const {type: _, unit: __, ...rest} = parts[parts.length - 1]!;
  const pairs = Object.entries(rest).map(([name, v]) => `${name} ${Array.isArray(v) ? v.map((one) => json(one)).join(', ') : json(v)}`);
  const before = parts.length > 1 ? [`after ${(spec.milestones as number[]).map((at, i) => `${parts[i]!.type} to ${count(at)}`).join(', ')}`] : [];
  return [...before, ...pairs].join(', ');
}

export const units = (n: number, unit: Unit) => plural(n, unit);

// Of the run's rates: "50.1 %"
export const shareText = (ratio: number) => `${value(ratio * 100, 3)} %`;

// "climbs back after 25 epochs"
export function pastText({past, length}: Curve, unit: Unit): {word: string; when: string} {
  const when = !length ? 'it has no end' : `after ${units(length, unit)}`;
  return {word: {stays: 'stays there', climbs: 'climbs back', restarts: 'starts again', ends: 'is an error', goes_on: 'goes on'}[past], when};
}
