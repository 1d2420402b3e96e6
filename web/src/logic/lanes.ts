// The schedules that the planner holds beside each other, as text of its URL: parts of a sequence
// with the milestones between them, "LinearLR~total_iters:5!5!CosineAnnealingLR~T_max:45", or none
// between those that step together, "LinearLR!!StepLR"; after a name of one's own, if any:
// "long*StepLR~step_size:20".
import type {Json, Reference, Run, Spec} from '../api/types.ts';
import type {View} from './view.ts';

export const letters = ['a', 'b', 'c', 'd'] as const;
export type Letter = (typeof letters)[number];

// The type that is no scheduler: epochs and cycles, for which the server finds one.
export const PLAN = 'plan';
// In the place of a schedule that was taken out.
export const NONE = 'none';

export interface Part {
  type: string;
  values: Record<string, string>;     // as typed; a list has commas, '' is left out
}

export interface Lane {
  name: string;                       // '' = named by what it is
  parts: Part[];                      // at least one
  milestones: string[];               // one less; all '': the parts step together
}

export const lane = (type: string, values: Record<string, string> = {}): Lane =>
  ({name: '', parts: [{type, values}], milestones: []});
export const isChained = ({milestones}: Lane) => milestones.length > 0 && milestones.every((at) => at === '');
export const isPlan = ({parts}: Lane) => parts[0]!.type === PLAN;

const NAME_MAX = 40;
// What separates may not be in a name.
export const cleanName = (name: string) => name.replace(/[*~!]/g, '-').slice(0, NAME_MAX);

function readPart(text: string): Part {
  const [type = '', ...pairs] = text.split('~');
  const values = pairs.map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const);
  return {type, values: Object.fromEntries(values.filter(([name]) => name))};
}

const writePart = ({type, values}: Part) =>
  [type, ...Object.entries(values).map(([name, value]) => `${name}:${value}`)].join('~');

// null: no schedule.
export function readLane(text: string): Lane | null {
  if (!text || text === NONE) return null;
  const star = text.indexOf('*'), words = text.slice(star + 1).split('!');
  const parts = words.filter((_, i) => i % 2 === 0).map(readPart);
  if (parts.some(({type}) => !type)) return null;
  return {name: cleanName(text.slice(0, Math.max(0, star))), parts, milestones: words.filter((_, i) => i % 2 === 1).slice(0, parts.length - 1)};
}

export function writeLane({name, parts, milestones}: Lane): string {
  const words = parts.flatMap((part, i) => (i ? [milestones[i - 1] ?? '', writePart(part)] : [writePart(part)]));
  return (name && `${cleanName(name)}*`) + words.join('!');
}

const written = (value: Json): string => (Array.isArray(value) ? value.map(written).join(',') : String(value));
const known = (spec: Record<string, Json>, left: string[]) =>
  Object.fromEntries(Object.entries(spec).filter(([name, value]) => !left.includes(name) && value !== null).map(([name, value]) => [name, written(value)]));

// The server's way of saying it, as one to work on. All parts of a sequence have one base_lr: it
// stays with the first.
export function laneOf(spec: Spec, name = ''): Lane {
  if (!Array.isArray(spec.schedulers)) return {name, parts: [{type: spec.type, values: known(spec, ['type', 'unit'])}], milestones: []};
  const parts = (spec.schedulers as Spec[]).map((part, i) => ({type: part.type, values: known(part, ['type', ...(i ? ['base_lr'] : [])])}));
  return {name, parts, milestones: Array.isArray(spec.milestones) ? spec.milestones.map(String) : parts.slice(1).map(() => '')};
}

// The view of a run's schedule, over what the run plans or has reached; null: it follows none.
export function planOf({spec, step}: Reference, run: Run): Partial<View> | null {
  if (!spec) return null;
  const reached = step[step.length - 1] ?? run.last_step ?? 1, bySteps = spec.unit === 'step';
  const length = Math.max(1, Math.min(1e6, (bySteps ? null : run.epochs) ?? reached));
  return {a: writeLane(laneOf(spec)), run: run.id, ...(bySteps ? {steps: length} : {epochs: length})};
}

// The line for a shell that declares it on a run.
export const declareLine = (origin: string, run: string, spec: Spec) =>
  `curl -X PATCH '${origin}/api/v1/runs/${encodeURIComponent(run).replace(/'/g, '%27')}' \\\n  -d '${JSON.stringify({schedule: spec}).replace(/'/g, "'\\''")}'`;
