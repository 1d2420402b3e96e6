// The charts of one run, made from what its store holds. Pure.
import type {Reference, Run} from '../../api/types.ts';
import type {ChartSpec, Curve, Line} from '../../chart/spec.ts';
import {chartSpec, referenceLine} from '../../chart/spec.ts';
import type {Axis} from '../../logic/axis.ts';
import type {Lettered} from '../../logic/findings.ts';
import {onMetrics} from '../../logic/findings.ts';
import * as format from '../../logic/format.ts';
import type {Trace} from '../../logic/series.ts';
import {lowerBound, quantile, xExtent} from '../../logic/series.ts';
import type {View} from '../../logic/view.ts';

export interface RunCharts {
  x: [number, number];
  loss: ChartSpec;
  lr: ChartSpec | null;
  others: ChartSpec[];
}

// What of a run its charts depend on.
export interface Subject extends Pick<Run, 'x' | 'roles' | 'best'> {
  names: string[];
}
export const subjectOf = (run: Run): Subject =>
  ({x: run.x, roles: run.roles, best: run.best, names: (run.metrics ?? []).map((m) => m.name)});

export interface Input {
  run: Subject;
  traces: Map<string, Trace>;
  reference: Reference | null;
  findings: Lettered[];
  axis: Axis;
  view: View;
}

const OTHER_COLORS = [3, 6, 5, 8];
const SPREAD_FOR_LOG = 20;
export const VAL_DASH = [8, 3] as const;    // told from training without its colour

export function shownRange({traces, axis, view}: Pick<Input, 'traces' | 'axis' | 'view'>): [number, number] {
  const extent = xExtent([...traces.values()]) ?? [0, 1];
  if (view.from === null && view.to === null) return extent;
  const from = view.from === null ? extent[0] : axis.toX(view.from);
  const to = view.to === null ? extent[1] : axis.toX(view.to);
  return from < to ? [from, to] : extent;
}

// "train" and "val" where the role is clear, the metric's own name otherwise.
export function lossChart({run, traces, findings, axis, view}: Input, x: [number, number]): ChartSpec {
  const curve = (role: 'train_loss' | 'val_loss', label: string, color: number): Curve[] => {
    const trace = traces.get(run.roles[role] ?? '');
    return trace ? [{trace, label, color, end: label, dash: role === 'val_loss' ? VAL_DASH : undefined}] : [];
  };
  const {val_loss: best} = run.best, names = [run.roles.train_loss, run.roles.val_loss].filter((n) => n !== null);
  const bestValue = format.numberOf(best?.value);
  return chartSpec({
    id: 'loss', title: 'Loss', x, log: view.log, clip: view.clip, hidden: view.hide,
    curves: [...curve('val_loss', 'val', 2), ...curve('train_loss', 'train', 1)],
    whole: new Set(run.roles.val_loss ? [run.roles.val_loss] : []),
    marks: onMetrics(findings, names),
    best: best && Number.isFinite(bestValue) && run.roles.val_loss && !view.hide.includes(run.roles.val_loss)
      ? {x: axis.toX(best.step), y: bestValue, text: `best ${format.value(bestValue)}`} : null,
  });
}

export const REFERENCE_KEY = 'reference';

// The reference in x of the axis, cut to the range shown and one point beyond.
function reference({reference, axis}: Input, x: [number, number]): Line[] {
  if (!reference || reference.source === 'none' || !reference.step.length) return [];
  const xs = reference.step.map(axis.toX);
  const first = Math.max(0, lowerBound(xs, x[0]) - 1), end = Math.min(xs.length, lowerBound(xs, x[1]) + 2);
  return [{...referenceLine(referenceName(reference), xs.slice(first, end), reference.lr.slice(first, end)), key: REFERENCE_KEY}];
}

export function referenceName(reference: Reference): string {
  const type = reference.spec?.type ?? 'schedule';
  return `reference ${/^cosine/i.test(type) ? 'cosine' : type === 'SequentialLR' ? 'schedule' : type}`;
}

export function lrChart(input: Input, x: [number, number]): ChartSpec | null {
  const {run, traces, findings, view} = input, name = run.roles.lr;
  const trace = name === null ? undefined : traces.get(name);
  if (!name || !trace) return null;
  return chartSpec({
    id: 'lr', title: 'Learning rate', x, clip: false, hidden: view.hide, fromZero: view.from === null,
    curves: [{trace, label: 'lr', color: 4, end: 'lr', smooth: false}],
    references: reference(input, x), marks: onMetrics(findings, [name]),
  });
}

// One small chart per metric; a training and a validation metric share theirs.
export function otherCharts({run, traces, findings, view}: Input, x: [number, number]): ChartSpec[] {
  const known = new Set(['train_loss', 'val_loss', 'lr'].map((role) => run.roles[role as 'lr']));
  if (run.x === 'step') known.add('epoch');
  const names = run.names.filter((name) => !known.has(name));
  const {train_metric: train, val_metric: val} = run.roles;
  const pair = train && val && train !== val ? [val, train] : [];
  const groups = [...(pair.length ? [pair] : []), ...names.filter((n) => !pair.includes(n)).map((n) => [n])];
  return groups.flatMap((group, i) => {
    const curves = group.flatMap((name, k): Curve[] => {
      const trace = traces.get(name);
      const color = group.length > 1 ? [2, 1][k]! : OTHER_COLORS[i % OTHER_COLORS.length]!;
      return trace ? [{trace, label: name, color, dash: color === 2 ? VAL_DASH : undefined}] : [];
    });
    if (!curves.length) return [];
    return [chartSpec({
      id: `metric-${group[0]}`, title: group.join(' · '), x, mini: true, clip: view.clip, curves,
      log: wantsLog(curves[0]!.trace), marks: onMetrics(findings, group),
    })];
  });
}

// A metric such as a gradient norm, whose peaks would flatten everything else.
function wantsLog(trace: Trace): boolean {
  const sorted = [...(trace.max ?? trace.value)].sort((a, b) => a - b);
  return sorted.length > 50 && sorted[0]! > 0 && quantile(sorted, 0.99) / quantile(sorted, 0.5) > SPREAD_FOR_LOG;
}

// What the loss chart shows, for those who hear it.
export function lossSummary(run: Pick<Run, 'best'>, spec: ChartSpec, unit: string): string {
  const told = spec.lines.filter((line) => line.kind === 'main' && line.y.length).map((line) =>
    `${line.label === 'val' ? 'validation' : 'training'} loss from ${format.value(line.y[0])} to ${format.value(line.y[line.y.length - 1])}`);
  const best = run.best.val_loss;
  return [
    told.length ? told.join('; ') : 'No loss logged yet',
    best ? `lowest validation loss ${format.value(best.value)} at ${unit} ${format.count(best.step)}` : '',
    spec.marks.length ? `findings: ${spec.marks.map((m) => `${m.letter} ${m.title}`).join(', ')}` : '',
  ].filter(Boolean).join('; ');
}
