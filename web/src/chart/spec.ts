// What a chart shows, as plain data: made from traces here, drawn by plot.ts.
import type {Chart} from 'chart.js';
import type {Lettered} from '../logic/findings.ts';
import type {Trace, YRange} from '../logic/series.ts';
import {yRange} from '../logic/series.ts';

export type LineKind = 'main' | 'reference' | 'raw';

export interface Line {
  key: string;            // what the legend hides and the URL names
  label: string;
  kind: LineKind;
  color: number;          // 1 to 8, of the palette
  x: number[];
  y: number[];
  end: string;            // written at its right end; '' for none
  dashed: boolean;
  dash?: readonly number[];   // a pattern of its own
  strong?: boolean;       // heavier than the others
}

// What lies in each bucket of a thinned curve, from its lowest to its highest point.
export interface Envelope {
  color: number;
  key: string;
  x: number[];
  min: number[];
  max: number[];
}

export type Painter = (chart: Chart, spec: ChartSpec) => void;

export interface ChartSpec {
  id: string;
  title: string;
  lines: Line[];          // the first is drawn on top
  envelopes: Envelope[];
  bands: Envelope[];      // that a page of its own fills behind the lines
  bad: {x: number; kind: string}[];
  marks: Lettered[];
  best: {x: number; y: number; text: string} | null;
  log: boolean;
  y: YRange | null;       // null: nothing to show in this range
  mini: boolean;
  dots: boolean;          // logged points are marked while there are few
  behind?: Painter;       // what a page of its own draws behind the lines
  points: number;         // stored in this range
  drawn: number;          // of these, points or buckets drawn
}

export interface Curve {
  trace: Trace;
  label: string;
  color: number;
  end?: string;
  smooth?: boolean;       // false: draw the values as they are, whatever is smoothed elsewhere
  dashed?: boolean;
  dash?: readonly number[];
  strong?: boolean;
}

function linesOf({trace, label, color, end = '', smooth = true, dashed = false, dash, strong}: Curve): Line[] {
  const key = trace.run ? `${trace.metric}` : label;
  const line = (kind: LineKind, y: number[]): Line =>
    ({key, label, kind, color, x: trace.x, y, end: kind === 'main' ? end : '', dashed: dashed && kind === 'main', dash, strong});
  const smoothed = smooth && trace.smooth;
  return [
    line('main', smoothed ? trace.smooth! : trace.value),
    ...(smoothed && !trace.downsampled ? [line('raw', trace.value)] : []),
  ];
}

const layer: Record<LineKind, number> = {main: 0, reference: 1, raw: 2};

export interface SpecInput {
  id: string;
  title: string;
  curves: Curve[];
  references?: Line[];
  bands?: Envelope[];
  x: [number, number];
  log?: boolean;
  clip?: boolean;
  whole?: Set<string>;    // metrics that clipping never cuts
  hidden?: string[];
  marks?: Lettered[];
  best?: ChartSpec['best'];
  mini?: boolean;
  dots?: boolean;
  fromZero?: boolean;     // the y axis starts at 0 when nothing lies below
  behind?: Painter;
}

export function chartSpec(input: SpecInput): ChartSpec {
  const {id, title, x, log = false, clip = true, hidden = [], whole = new Set<string>()} = input;
  const shown = input.curves.filter((curve) => !hidden.includes(curve.trace.metric));
  const references = (input.references ?? []).filter((line) => !hidden.includes(line.key));
  const traces = shown.map((curve) => curve.trace);
  const lines = [...shown.flatMap(linesOf), ...references]
    .map((line, i) => ({line, i}))
    .sort((a, b) => layer[a.line.kind] - layer[b.line.kind] || a.i - b.i)
    .map(({line}) => line);
  const envelopes = shown.flatMap(({trace, label, color}): Envelope[] =>
    (trace.min && trace.max ? [{key: trace.run ? trace.metric : label, color, x: trace.x, min: trace.min, max: trace.max}] : []));
  const bands = (input.bands ?? []).filter((band) => !hidden.includes(band.key));
  const withReferences = [...traces, ...references.map(referenceTrace), ...bands.flatMap(bandTraces)];
  return {
    id, title, lines, envelopes, bands, log,
    bad: traces.flatMap((trace) => trace.bad).filter((point) => point.x >= x[0] && point.x <= x[1]),
    marks: input.marks ?? [],
    best: input.best && shown.length ? input.best : null,
    y: grounded(yRange(withReferences, x, {log, clip, whole}), input.fromZero === true && !log),
    mini: input.mini ?? false,
    dots: input.dots ?? true,
    behind: input.behind,
    points: traces.reduce((sum, trace) => sum + trace.count, 0),
    drawn: traces.reduce((sum, trace) => sum + trace.x.length, 0),
  };
}

const grounded = (range: YRange | null, fromZero: boolean) =>
  (range && fromZero && range.low > 0 ? {...range, low: 0} : range);

function referenceTrace({key, x, y}: {key: string; x: number[]; y: number[]}): Trace {
  return {run: '', metric: key, count: 0, downsampled: false, x, value: y,
          min: null, max: null, smooth: null, bad: []};
}

const bandTraces = ({key, x, min, max}: Envelope) => [min, max].map((y) => referenceTrace({key, x, y}));

export function referenceLine(label: string, x: number[], y: number[], end = ''): Line {
  return {key: label, label, kind: 'reference', color: 8, x, y, end, dashed: true};
}
