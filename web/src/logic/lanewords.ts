// Schedules in words: what one is called, its parameters on a line, what becomes of it.
import type {Curve, Spec} from '../api/types.ts';
import {count, json, plural, value} from './format.ts';
import type {Lane} from './lanes.ts';
import {isChained, isPlan} from './lanes.ts';

export type Unit = 'epoch' | 'step';

const CHAINED = 'ChainedScheduler';
const partsOf = (spec: Spec): Spec[] => (Array.isArray(spec.schedulers) ? spec.schedulers as Spec[] : [spec]);

// "CosineAnnealingLR + warm-up"; parts that step together multiply.
export function typeTitle(types: string[], together = false): string {
  const [first, ...others] = types;
  if (together) return types.join(' × ');
  return first === 'LinearLR' && others.length ? `${others.join(', ')} + warm-up` : types.join(', ');
}
const specTitle = (spec: Spec) => typeTitle(partsOf(spec).map((part) => part.type), spec.type === CHAINED);

// What the run follows in the end: of a sequence its last part.
export const mainType = (spec: Spec): string => (spec.type === CHAINED ? CHAINED : partsOf(spec).slice(-1)[0]!.type);

// The name it was given, else what it is. A plan is what the server found for it.
export function titleOf(lane: Lane, spec: Spec | undefined): string {
  if (lane.name) return lane.name;
  if (!isPlan(lane)) return typeTitle(lane.parts.map((part) => part.type), isChained(lane));
  return spec ? specTitle(spec) : 'Plan';
}

function pairsOf(part: Spec, left: string[] = []): string {
  const given = Object.entries(part).filter(([name]) => !['type', 'unit', ...left].includes(name));
  return given.map(([name, v]) => `${name} ${Array.isArray(v) ? v.map((one) => json(one)).join(', ') : json(v)}`).join(', ');
}

// "T_0 25, T_mult 1": what tells it apart; of a sequence its last part.
export function parametersOf(spec: Spec): string {
  const parts = partsOf(spec), last = parts[parts.length - 1]!;
  if (spec.type === CHAINED) return parts.map((part, i) => `${part.type} ${pairsOf(part, i ? ['base_lr'] : [])}`).join(', ');
  if (parts.length === 1) return pairsOf(last);
  const before = (spec.milestones as number[]).map((at, i) => `${parts[i]!.type} to ${count(at)}`);
  return `after ${before.join(', ')}, ${pairsOf(last)}`;
}

export const units = (n: number, unit: Unit) => plural(n, unit);

// Of the run's rates: "50.1 %"
export const shareText = (ratio: number) => `${value(ratio * 100, 3)} %`;

// "climbs back after 25 epochs"
export function pastText({past, length}: Curve, unit: Unit): {word: string; when: string} {
  const when = !length ? '' : `after ${units(length, unit)}`;
  return {word: {stays: 'stays there', climbs: 'climbs back', restarts: 'starts again', ends: 'is an error', goes_on: 'goes on'}[past], when};
}
