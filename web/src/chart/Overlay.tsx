// The layer over a chart that listens: hover, drag to zoom, click to pin, arrow keys.
import {useRef, useState} from 'preact/hooks';
import type {Axis} from '../logic/axis.ts';
import {value} from '../logic/format.ts';
import {lowerBound} from '../logic/series.ts';
import {change, view} from '../state.ts';
import type {Note, Place} from './Crosshair.tsx';
import {Crosshair, placeText, readings, snap} from './Crosshair.tsx';
import {hover} from './cursor.ts';
import type {Layout, Plot} from './plot.ts';
import type {ChartSpec} from './spec.ts';

interface Props {
  plot: Plot;
  layout: Layout;
  spec: ChartSpec;
  axis: Axis;
  unit: string;
  note?: Note;
  place?: Place;
  onZoom?: (range: [number, number] | null) => void;   // in steps
}

const DRAG_MIN_PX = 5;
const jumps: Record<string, number> = {ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity};

export function Overlay(props: Props) {
  const {layout, spec, axis, unit, onZoom} = props;
  const box = useRef<HTMLDivElement>(null);
  const start = useRef<number | null>(null);
  const frame = useRef(0);
  const [selection, setSelection] = useState<[number, number] | null>(null);
  const [spoken, setSpoken] = useState('');
  const speech = useRef(0);

  const pixelOf = (event: PointerEvent) => {
    const x = event.clientX - box.current!.getBoundingClientRect().left;
    return Math.max(layout.left, Math.min(layout.right, x));
  };
  const xOf = (pixel: number) =>
    layout.x[0] + ((pixel - layout.left) / (layout.right - layout.left)) * (layout.x[1] - layout.x[0]);
  const pinAt = (x: number) => {
    const step = Math.round(axis.toStep(snap(spec, x)));
    change({pin: view.value.pin === step ? null : step}, 'push');
  };

  const move = (event: PointerEvent) => {
    const pixel = pixelOf(event), height = event.clientY - box.current!.getBoundingClientRect().top;
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      hover.value = {x: snap(spec, xOf(pixel)), y: height, chart: spec.id};
      if (start.current !== null && onZoom) setSelection([start.current, pixel]);
    });
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    start.current = pixelOf(event);
    if (event.pointerType === 'mouse') box.current!.setPointerCapture(event.pointerId);
  };
  const up = (event: PointerEvent) => {
    const from = start.current, to = pixelOf(event);
    start.current = null;
    cancelAnimationFrame(frame.current);
    setSelection(null);
    if (from === null) return;
    if (Math.abs(to - from) < DRAG_MIN_PX) pinAt(xOf(to));
    else onZoom?.([axis.toStep(xOf(Math.min(from, to))), axis.toStep(xOf(Math.max(from, to)))]);
  };
  const leave = () => {
    cancelAnimationFrame(frame.current);
    if (start.current === null) hover.value = null;
  };

  const key = (event: KeyboardEvent) => {
    const xs = spec.lines.find((line) => line.kind === 'main')?.x ?? [];
    const jump = jumps[event.key];
    if (!xs.length || jump === undefined) {
      if (event.key === 'Enter' && hover.value) pinAt(hover.value.x);
      return;
    }
    event.preventDefault();
    const low = lowerBound(xs, layout.x[0]), high = Math.min(xs.length - 1, lowerBound(xs, layout.x[1]));
    const now = hover.value ? lowerBound(xs, hover.value.x) : jump > 0 ? low - 1 : high + 1;
    const next = Math.max(low, Math.min(high, now + jump * (event.shiftKey ? 10 : 1)));
    hover.value = {x: xs[next]!, y: null, chart: spec.id};
    clearTimeout(speech.current);
    speech.current = window.setTimeout(() => setSpoken(say(xs[next]!)), 250);
  };
  const say = (x: number) => [(props.place?.(x) ?? placeText(axis, x, unit)).main,
    ...readings(spec, x, props.note).map(({line, y}) => `${line.label} ${value(y)}`)].join(', ');

  return (
    <div ref={box} class="overlay" tabIndex={0} role="group" aria-label={`${spec.title}: arrow keys read the values`}
      onPointerMove={move} onPointerDown={down} onPointerUp={up} onPointerLeave={leave}
      onPointerCancel={() => { start.current = null; setSelection(null); hover.value = null; }}
      onDblClick={() => onZoom?.(null)} onKeyDown={key} onBlur={() => { hover.value = null; }}>
      {selection && (
        <div class="selection" style={{left: `${Math.min(...selection)}px`, width: `${Math.abs(selection[1] - selection[0])}px`,
          top: `${layout.top}px`, height: `${layout.bottom - layout.top}px`}} />
      )}
      <Crosshair {...props} />
      <div class="sr" aria-live="polite">{spoken}</div>
    </div>
  );
}
