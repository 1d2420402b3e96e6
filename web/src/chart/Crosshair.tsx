// Line, dots and tooltip of the crosshair: HTML over the canvas, so that hovering draws no chart.
import {useLayoutEffect, useRef} from 'preact/hooks';
import type {Axis} from '../logic/axis.ts';
import {atStep, severityClass} from '../logic/findings.ts';
import {aligned, count, dateTime, duration, value} from '../logic/format.ts';
import {nearest} from '../logic/series.ts';
import {view} from '../state.ts';
import {hover} from './cursor.ts';
import type {Layout, Plot} from './plot.ts';
import type {ChartSpec, Line} from './spec.ts';

export interface Reading {
  line: Line;
  x: number;
  y: number;
  note: string;
}

// A word on a reading, given all readings: the gap, the distance to a reference.
export type Note = (line: Line, all: Map<string, number>) => string;

// Where the crosshair is, in words.
export type Place = (x: number) => {main: string; side: string};

const ROWS_MAX = 8;

export function readings(spec: ChartSpec, x: number, note?: Note): Reading[] {
  const found = spec.lines.filter((line) => line.kind === 'main' || line.kind === 'reference').flatMap((line) => {
    const i = nearest(line.x, x);
    return i < 0 ? [] : [{line, x: line.x[i]!, y: line.y[i]!, note: rawNote(spec, line, x)}];
  });
  const all = new Map(found.map((reading) => [reading.line.key, reading.y]));
  for (const reading of found) reading.note ||= note?.(reading.line, all) ?? '';
  return found;
}

// Of many lines the tooltip names those nearest to the pointer first.
function nearestRows(found: Reading[], y: number | null, plot: Plot): Reading[] {
  if (y === null || found.length <= ROWS_MAX) return found;
  const distance = ({y: v}: Reading) => Math.abs(plot.yPixel(v) - y);
  return [...found].sort((a, b) => distance(a) - distance(b));
}

function rawNote(spec: ChartSpec, line: Line, x: number): string {
  const raw = spec.lines.find((other) => other.kind === 'raw' && other.key === line.key && other.label === line.label);
  if (line.kind !== 'main' || !raw) return '';
  const i = nearest(raw.x, x), text = value(raw.y[i]);
  return text === value(line.y[i]) ? '' : `raw ${text}`;
}

// The logged x nearest to the pointer: the crosshair rests on points, not between them.
export function snap(spec: ChartSpec, x: number): number {
  const xs = spec.lines.filter((line) => line.kind === 'main' && line.x.length)
    .map((line) => line.x[nearest(line.x, x)]!);
  return xs.length ? xs.reduce((best, one) => (Math.abs(one - x) < Math.abs(best - x) ? one : best)) : x;
}

export function placeText(axis: Axis, x: number, unit: string): {main: string; side: string} {
  const step = `${unit} ${count(Math.round(axis.toStep(x)))}`;
  if (axis.mode === 'relative') return {main: duration(x), side: step};
  if (axis.mode === 'time') return {main: dateTime(x * 1000), side: step};
  if (axis.mode === 'epoch' && unit === 'step') return {main: `epoch ${value(x, 5)}`, side: step};
  return {main: step, side: ''};
}

interface Props {
  plot: Plot;
  layout: Layout;
  spec: ChartSpec;
  axis: Axis;
  unit: string;
  note?: Note;
  place?: Place;
}

export function Crosshair(props: Props) {
  const {plot, layout, spec, axis} = props;
  const pin = view.value.pin;
  const at = hover.value ?? (pin === null ? null : {x: axis.toX(pin), y: null, chart: ''});
  if (!at || at.x < layout.x[0] || at.x > layout.x[1]) return null;
  const span = layout.x[1] - layout.x[0] || 1;
  const pixel = (x: number) => layout.left + ((x - layout.x[0]) / span) * (layout.right - layout.left);
  const found = nearestRows(readings(spec, at.x, props.note), at.y, plot);
  const dots = found.filter(({line, x}) => line.kind === 'main' && x >= layout.x[0] && x <= layout.x[1]);
  return (
    <>
      <div class="cross-line" style={{left: `${Math.round(pixel(at.x))}px`, top: `${layout.top}px`,
        height: `${layout.bottom - layout.top}px`}} />
      {dots.slice(0, 12).map(({line, x, y}) => (
        <div key={line.key + line.label} class={`cross-dot bg${line.color}`}
          style={{transform: `translate(${pixel(x)}px, ${plot.yPixel(y)}px)`}} />
      ))}
      {(at.chart === spec.id || (at.chart === '' && (spec.id === 'loss' || spec.id === 'plan'))) && !(spec.mini && at.chart === '') &&
        <Tooltip {...props} found={found} x={at.x} left={pixel(at.x)} />}
    </>
  );
}

function Tooltip({found, x, left, layout, axis, unit, spec, place: say}: Props & {found: Reading[]; x: number; left: number}) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const node = box.current!, wide = node.offsetWidth, room = node.parentElement!.clientWidth;
    const right = left + 14 + wide > room - 4;
    node.style.left = `${Math.max(4, Math.min(right ? left - wide - 14 : left + 14, room - wide - 4))}px`;
  });
  const place = say?.(x) ?? placeText(axis, x, unit);
  const rows = found.slice(0, ROWS_MAX), texts = aligned(rows.map(({y}) => y));
  const mark = view.value.bands ? atStep(spec.marks, axis.toStep(x))[0] : undefined;
  const bad = spec.bad.find((point) => Math.abs(point.x - x) < 1e-9);
  return (
    <div ref={box} class={`tip${spec.mini ? ' over' : ''}`} style={{top: `${spec.mini ? layout.bottom + 8 : layout.top + 30}px`}}>
      <div class="tip-head"><b>{place.main}</b><span>{place.side}</span></div>
      <table role="presentation">
        <tbody>
          {rows.map(({line, note}, i) => (
            <tr key={line.key + line.label}>
              <td><i class={`swatch bg${line.color}${line.dashed ? ' dashed' : ''}`} />{line.label}</td>
              <td>{texts[i]}</td>
              <td>{note}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > ROWS_MAX && <div class="tip-more">+ {found.length - ROWS_MAX} more</div>}
      {bad && <div class="tip-more crit-text">✕ {bad.kind} here</div>}
      {mark && <div class={`tip-mark ${severityClass[mark.severity]}`}><span class="letter">{mark.letter}</span>{mark.title}</div>}
    </div>
  );
}
