// The table of results: its columns, their order, and what a copy of it says.
import type {ComparedRun, Comparison, Json, Run} from '../../api/types.ts';
import {difference, json, numberOf, percent} from '../format.ts';
import type {Param} from './params.ts';

export interface Row {
  run: string;
  name: string;
  figures: ComparedRun;
  findings: Run['findings'];
}

export interface Column {
  key: string;
  label: string;
  value: (row: Row) => number | string;
  down?: boolean;         // starts with the largest
}

const weight = ({error, warning, info}: Run['findings']) => 1e6 * error + 1e3 * warning + info;

export const columns: Column[] = [
  {key: 'name', label: 'Run', value: (row) => row.name.toLowerCase()},
  {key: 'best', label: 'Best', value: (row) => numberOf(row.figures.best)},
  {key: 'final', label: 'Final', value: (row) => numberOf(row.figures.final)},
  {key: 'area', label: 'Mean', value: (row) => numberOf(row.figures.area)},
  {key: 'last', label: 'Last', value: (row) => row.figures.last_step ?? NaN, down: true},
  {key: 'duration', label: 'Duration', value: (row) => numberOf(row.figures.duration_s), down: true},
  {key: 'findings', label: 'Findings', value: (row) => weight(row.findings)},
  {key: 'delta', label: 'Δ baseline', value: (row) => numberOf(row.figures.delta)},
];

// More is better of some metrics: their columns start with the largest.
export function usualSort(key: string, up: boolean): string {
  const column = columns.find((one) => one.key === key);
  const ofMetric = ['best', 'final', 'area', 'delta'].includes(key);
  return column?.down || (up && ofMetric) ? `-${key}` : key;
}

export function nextSort(now: string, key: string, up: boolean): string {
  const first = usualSort(key, up);
  return now === first ? (first.startsWith('-') ? key : `-${key}`) : first;
}

// Without a value comes last, whichever the direction.
export function sortRows(rows: Row[], sort: string): Row[] {
  const down = sort.startsWith('-'), key = down ? sort.slice(1) : sort;
  const {value} = columns.find((one) => one.key === key) ?? columns[1]!;
  const missing = (v: number | string) => typeof v === 'number' && !Number.isFinite(v);
  return rows.map((row) => ({row, v: value(row)})).sort((a, b) => {
    if (missing(a.v) || missing(b.v)) return Number(missing(a.v)) - Number(missing(b.v));
    const order = a.v < b.v ? -1 : a.v > b.v ? 1 : 0;
    return down ? -order : order;
  }).map(({row}) => row);
}

export function rowsOf(comparison: Comparison, runs: Map<string, Run>, kept: string[]): Row[] {
  return comparison.runs.filter(({run}) => kept.includes(run)).map((figures) => ({
    run: figures.run, name: figures.name || figures.run, figures,
    findings: runs.get(figures.run)?.findings ?? {error: 0, warning: 0, info: 0},
  }));
}

export const deltaText = ({delta, delta_percent}: ComparedRun) =>
  (delta === null ? '' : `${difference(numberOf(delta))}${delta_percent === null ? '' : ` (${percent(numberOf(delta_percent) / 100)})`}`);

// Whole numbers with all their digits, for a program; the parameters as they were sent.
export function asText(metric: string, rows: Row[], params: Param[]): {head: string[]; cells: string[][]} {
  const text = (v: Json | undefined) => (v === null || v === undefined ? '' : typeof v === 'number' ? String(v) : json(v));
  return {
    head: ['run', `best ${metric}`, 'best step', `final ${metric}`, `mean ${metric}`, 'last step', 'duration s', 'errors', 'warnings', 'infos', 'delta', 'verdict',
      ...params.map(({key}) => key)],
    cells: rows.map(({run, name, figures: f, findings}) => [
      name, text(f.best), text(f.best_step), text(f.final), text(f.area), text(f.last_step), text(f.duration_s),
      String(findings.error), String(findings.warning), String(findings.info), text(f.delta), f.verdict,
      ...params.map(({values}) => text(values.get(run))),
    ]),
  };
}
