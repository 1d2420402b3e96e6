// The list of runs: which match, in what order, what each column shows.
import type {Role, Run} from '../api/types.ts';
import {numberOf} from './format.ts';

export interface Column {
  key: string;
  label: string;
  number: boolean;
  value: (run: Run) => string | number;    // what it is sorted by
}

const best = (run: Run, role: Role) => numberOf(run.best[role]?.value);
const last = (run: Run, role: Role) => numberOf(run.last[role]);
const verdictRank = {bad: 0, watch: 1, too_early: 2, good: 3};

export const columns: Column[] = [
  {key: 'name', label: 'Run', number: false, value: (run) => (run.name || run.id).toLowerCase()},
  {key: 'status', label: 'State', number: false, value: (run) => run.status},
  {key: 'verdict', label: 'Verdict', number: true, value: (run) => verdictRank[run.verdict]},
  {key: 'best.val_loss', label: 'Best val loss', number: true, value: (run) => best(run, 'val_loss')},
  {key: 'last.val_loss', label: 'Val loss', number: true, value: (run) => last(run, 'val_loss')},
  {key: 'last.train_loss', label: 'Train loss', number: true, value: (run) => last(run, 'train_loss')},
  {key: 'last.lr', label: 'LR', number: true, value: (run) => last(run, 'lr')},
  {key: 'epoch', label: 'Epoch', number: true, value: (run) => run.last_step ?? NaN},
  {key: 'updated', label: 'Updated', number: true, value: (run) => Date.parse(run.updated)},
  {key: 'created', label: 'Started', number: true, value: (run) => Date.parse(run.created)},
];
const SPARK_PEAK = 60;      // times the median's height
export const usualSort = '-created';

// A run matches when each word of the search occurs in its id, name, project or tags.
export function matches(run: Run, q: string, project: string, status: string): boolean {
  if (project && run.project !== project) return false;
  if (status && run.status !== status) return false;
  const tags = Object.entries(run.tags ?? {}).map(([key, v]) => `${key} ${String(v)}`).join(' ');
  const text = `${run.id} ${run.name ?? ''} ${run.project ?? ''} ${tags}`.toLowerCase();
  return q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

// Runs without a value in the column come last, whichever the direction.
export function sortRuns(runs: Run[], sort: string): Run[] {
  const down = sort.startsWith('-'), key = down ? sort.slice(1) : sort;
  const column = columns.find((one) => one.key === key);
  if (!column) return sort === usualSort ? runs : sortRuns(runs, usualSort);
  const missing = (v: string | number) => typeof v === 'number' && !Number.isFinite(v);
  return runs.map((run) => ({run, v: column.value(run)})).sort((a, b) => {
    if (missing(a.v) || missing(b.v)) return Number(missing(a.v)) - Number(missing(b.v));
    const order = a.v < b.v ? -1 : a.v > b.v ? 1 : 0;
    return down ? -order : order;
  }).map(({run}) => run);
}

// The order a click on a column's head gives: again turns it round. Times start with the newest.
export function nextSort(sort: string, key: string): string {
  const now = sort || usualSort;
  if (now === key) return `-${key}`;
  if (now === `-${key}`) return key;
  return key === 'updated' || key === 'created' || key === 'epoch' ? `-${key}` : key;
}

export const mainMetric = (run: Run): string | null =>
  run.roles.val_loss ?? run.roles.train_loss ?? run.roles.val_metric ?? run.roles.train_metric;

// A curve as the path of a small drawing; '' with less than two points. A peak far above the rest
// is cut, so that the rest keeps its shape.
export function sparkPath(values: number[], width: number, height: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return '';
  const sorted = [...finite].sort((a, b) => a - b);
  const low = sorted[0]!, high = Math.min(sorted[sorted.length - 1]!, low + SPARK_PEAK * ((sorted[sorted.length >> 1]! - low) || Infinity));
  const y = (v: number) => 1.5 + (height - 3) * (1 - (Math.min(v, high) - low) / (high - low || 1));
  return finite.map((v, i) => `${i ? 'L' : 'M'}${((width * i) / (finite.length - 1)).toFixed(1)} ${y(v).toFixed(1)}`).join('');
}
