// The layer over a chart that listens: hover, drag to zoom, Shift and drag to move, two fingers or
// Ctrl and the wheel to zoom about a place, click to pin, keys.
import {useRef, useState} from 'preact/hooks';
import type {Axis} from '../logic/axis.ts';
import {value} from '../logic/format.ts';
import {lowerBound} from '../logic/series.ts';
import type {Range} from '../logic/zoom.ts';
import {moved, zoomed} from '../logic/zoom.ts';
import {change, view} from '../state.ts';
import type {Note, Place} from './Crosshair.tsx';
import {Crosshair, placeText, readings, snap} from './Crosshair.tsx';
import {dataOf, hover} from './cursor.ts';
import type {Layout, Plot} from './plot.ts';
import type {ChartSpec} from './spec.ts';

// A range in steps, null for all. One gesture is one entry of the history.
export type Zoom = (range: Range | null, how?: 'push' | 'replace') => void;

interface Props {
  plot: Plot;
  layout: Layout;
  spec: ChartSpec;
  axis: Axis;
  unit: string;
  note?: Note;
  place?: Place;
  onZoom?: Zoom;
}

const DRAG_MIN_PX = 5, WHEEL_REST_MS = 700, WHEEL_SPEED = 0.002, KEY_FACTOR = 0.7;
const jumps: Record<string, number> = {ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity};
const factors: Record<string, number> = {'+': KEY_FACTOR, '=': KEY_FACTOR, '-': 1 / KEY_FACTOR};

export function Overlay(props: Props) {
  const {layout, spec, axis, unit, onZoom} = props;
  const box = useRef<HTMLDivElement>(null);
  const start = useRef<number | null>(null);
  // Fingers or a held mouse on the chart, and where the range was when the last of them came.
  const held = useRef({at: new Map<number, number>(), from: [] as number[], range: layout.x, moved: false});
  const frame = useRef(0), wheeled = useRef(-Infinity);
  const [selection, setSelection] = useState<[number, number] | null>(null);
  const [spoken, setSpoken] = useState('');
  const speech = useRef(0);

  const wide = layout.right - layout.left;
  const pixelOf = (event: MouseEvent) => {
    const x = event.clientX - box.current!.getBoundingClientRect().left;
    return Math.max(layout.left, Math.min(layout.right, x));
  };
  const xOf = (pixel: number, [from, to]: Range = layout.x) => from + ((pixel - layout.left) / wide) * (to - from);
  const pinAt = (x: number) => {
    const step = Math.round(axis.toStep(snap(spec, x)));
    change({pin: view.value.pin === step ? null : step}, 'push');
  };
  const toSteps = ([from, to]: Range): Range => [axis.toStep(from), axis.toStep(to)];
  const show = (range: Range) => {
    onZoom?.(toSteps(range), held.current.moved ? 'replace' : 'push');
    held.current.moved = true;
  };
  const frameOf = (draw: () => void) => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(draw);
  };

  // What lay under the pointers stays under them.
  const drag = () => {
    const {at, from, range} = held.current, to = [...at.values()];
    if (from.length === 1) return show(moved(range, xOf(from[0]!, range) - xOf(to[0]!, range)));
    const middle = (from[0]! + from[1]!) / 2, apart = Math.abs(to[0]! - to[1]!);
    const factor = Math.abs(from[0]! - from[1]!) / Math.max(8, apart), next = zoomed(range, xOf(middle, range), factor);
    show(moved(next, xOf(middle, next) - xOf((to[0]! + to[1]!) / 2, next)));
  };
  const move = (event: PointerEvent) => {
    const pixel = pixelOf(event), height = event.clientY - box.current!.getBoundingClientRect().top;
    const {at, from} = held.current;
    if (at.has(event.pointerId)) at.set(event.pointerId, pixel);
    frameOf(() => {
      if (from.length) return drag();
      hover.value = {x: snap(spec, xOf(pixel)), y: height, chart: spec.id};
      if (start.current !== null && onZoom) setSelection([start.current, pixel]);
    });
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const {at} = held.current, mouse = event.pointerType === 'mouse';
    at.set(event.pointerId, pixelOf(event));
    start.current = pixelOf(event);
    if (mouse) box.current!.setPointerCapture(event.pointerId);
    if (!onZoom || !(at.size === 2 || (mouse && event.shiftKey))) return;
    held.current = {at, from: [...at.values()], range: layout.x, moved: false};
    start.current = hover.value = null;
    setSelection(null);
  };
  const release = (event: PointerEvent) => {
    const {at} = held.current;
    at.delete(event.pointerId);
    if (!at.size) held.current.from = [];
  };
  const up = (event: PointerEvent) => {
    const from = start.current, to = pixelOf(event);
    release(event);
    start.current = null;
    cancelAnimationFrame(frame.current);
    setSelection(null);
    if (from === null) return;
    if (Math.abs(to - from) < DRAG_MIN_PX) pinAt(xOf(to));
    else onZoom?.(toSteps([xOf(Math.min(from, to)), xOf(Math.max(from, to))]));
  };
  const cancel = (event: PointerEvent) => {
    release(event);
    start.current = hover.value = null;
    setSelection(null);
  };
  const leave = () => {
    cancelAnimationFrame(frame.current);
    if (start.current === null) hover.value = null;
  };
  // Without Ctrl the wheel is the page's. A trackpad's pinch comes as a wheel with Ctrl.
  const wheel = (event: WheelEvent) => {
    if (!onZoom || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    held.current.moved = performance.now() - wheeled.current < WHEEL_REST_MS;
    wheeled.current = performance.now();
    const lines = event.deltaMode ? 20 : 1, by = Math.max(-200, Math.min(200, event.deltaY * lines));
    show(zoomed(layout.x, xOf(pixelOf(event)), Math.exp(by * (Math.abs(by) < 20 ? 5 : 1) * WHEEL_SPEED)));
  };

  const key = (event: KeyboardEvent) => {
    const xs = spec.lines.find((line) => line.kind === 'main')?.x ?? [];
    const jump = jumps[event.key];
    if (!xs.length || jump === undefined) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const factor = factors[event.key], middle = hover.value?.x ?? (layout.x[0] + layout.x[1]) / 2;
      if (factor) onZoom?.(toSteps(zoomed(layout.x, middle, factor)));
      else if (event.key === 'Enter' && hover.value) pinAt(hover.value.x);
      else if (event.key === 't') dataOf.value = spec.id;
      else return;
      event.preventDefault();
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
      onPointerCancel={cancel} onWheel={wheel}
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
