// A schedule as the planner's URL writes it, and the values a form starts with.
import type {ScheduleType} from '../api/types.ts';

export interface Choice {
  type: string;
  values: Record<string, string>;     // as typed; a list has commas
}

// "MultiStepLR~milestones:30,60~gamma:0.5"
export function readChoice(text: string): Choice {
  const [type = '', ...pairs] = text.split('~');
  const values = pairs.map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const);
  return {type, values: Object.fromEntries(values.filter(([name]) => name))};
}

export const writeChoice = ({type, values}: Choice) =>
  [type, ...Object.entries(values).map(([name, value]) => `${name}:${value}`)].join('~');

// Every parameter that must be given, filled in to suit a run of so many epochs.
export function usualValues({params, list}: ScheduleType, epochs: number, baseLr: number): Record<string, string> {
  const share = (part: number) => String(Math.max(1, Math.round(epochs * part)));
  const usual = (name: string, integer: boolean) => {
    if (/warmup/.test(name)) return share(0.1);
    if (/^step_size/.test(name)) return share(0.3);
    if (integer) return share(1);
    return /lr$/.test(name) ? String(baseLr) : '0.9';
  };
  const given = params.filter((param) => param.required).map((param) => [param.name, usual(param.name, param.integer)]);
  return Object.fromEntries([...given, ...(list ? [[list, `${share(0.5)},${share(0.75)}`]] : [])]);
}
