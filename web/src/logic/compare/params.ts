// The parameters of runs: told apart, put into groups.
import type {Json, Run} from '../../api/types.ts';
import {json} from '../format.ts';

export interface Param {
  key: string;
  label: string;
  values: Map<string, Json>;     // by run; missing where a run does not tell it
  differs: boolean;
}

// Nested keys joined by dots, lists whole, as the server compares them.
export function leaves(config: Record<string, Json> | null, prefix = ''): [string, Json][] {
  return Object.entries(config ?? {}).flatMap(([key, v]): [string, Json][] =>
    (v !== null && typeof v === 'object' && !Array.isArray(v) ? leaves(v, `${prefix}${key}.`) : [[prefix + key, v]]));
}

// In order of first appearance. A run that tells nothing at all differs in nothing.
function collect(runs: Run[], read: (run: Run) => [string, Json][], prefix = ''): Param[] {
  const found = new Map<string, Map<string, Json>>(), telling: Run[] = [];
  for (const run of runs) {
    const all = read(run);
    if (all.length) telling.push(run);
    for (const [key, v] of all) {
      if (!found.has(key)) found.set(key, new Map());
      found.get(key)!.set(run.id, v);
    }
  }
  return [...found].map(([key, values]) => ({
    key: prefix + key, label: key, values,
    differs: new Set(telling.map((run) => JSON.stringify(values.get(run.id)))).size > 1,
  }));
}

export const paramsOf = (runs: Run[]) => collect(runs, (run) => leaves(run.config));

// What runs can be grouped by.
export function groupings(runs: Run[]): Param[] {
  const project = collect(runs, (run) => (run.project ? [['project', run.project]] : []));
  const taken = new Set(project.map(({key}) => key));
  return [...paramsOf(runs).filter(({key}) => !taken.has(key)), ...collect(runs, (run) => leaves(run.tags), 'tag:'), ...project];
}

export const isSeed = (key: string) => /seed/i.test(key.slice(key.lastIndexOf('.') + 1));

// Those that set experiments apart: they differ, and not only in the luck of the draw.
export const allButSeeds = (runs: Run[]) => paramsOf(runs).filter(({key, differs}) => differs && !isSeed(key)).map(({key}) => key);

export interface Group {
  id: string;           // "lr=0.1;opt=adam": what the URL hides
  label: string;
  runs: string[];
}

function order(a: Json | undefined, b: Json | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return json(a).localeCompare(json(b), 'en', {numeric: true});
}

// Runs that agree in every key are one group; those that do not tell it are one too.
export function groupRuns(runs: Run[], keys: string[]): Group[] {
  const known = groupings(runs), params = keys.flatMap((key) => known.find((one) => one.key === key) ?? []);
  if (!params.length) return [];
  const groups = new Map<string, {of: (Json | undefined)[]; runs: string[]}>();
  for (const run of runs) {
    const of = params.map(({values}) => values.get(run.id)), name = JSON.stringify(of.map((v) => v ?? ['none', v]));
    if (!groups.has(name)) groups.set(name, {of, runs: []});
    groups.get(name)!.runs.push(run.id);
  }
  return [...groups.values()].sort((a, b) => {
    const i = params.findIndex((_, k) => order(a.of[k], b.of[k]) !== 0);
    return i < 0 ? 0 : order(a.of[i], b.of[i]);
  }).map(({of, runs: ids}) => ({
    id: params.map(({key}, i) => `${key}=${json(of[i])}`).join(';').replace(/,/g, '_'),
    label: params.map(({label}, i) => (of[i] === undefined ? `no ${label}` : `${label} ${json(of[i])}`)).join(' · '),
    runs: ids,
  }));
}
