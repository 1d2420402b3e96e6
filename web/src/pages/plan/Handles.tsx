// Handles on the curve that is worked on: sliders for the pointer and the keyboard alike.
import {useRef} from 'preact/hooks';
import type {Layout, Plot} from '../../chart/plot.ts';
import {rateAt} from '../../logic/curves.ts';
import {value} from '../../logic/format.ts';
import type {Handle} from '../../logic/handles.ts';
import {dragged, isAcross, nudged} from '../../logic/handles.ts';
import {units, type Unit} from '../../logic/lanewords.ts';

export interface Grip {
  onMove: (handle: Handle, value: number, how: 'push' | 'replace') => void;
  onHold: (on: boolean) => void;
}

interface Props extends Grip {
  plot: Plot;
  layout: Layout;
  handles: Handle[];
  curve: {step: number[]; lr: number[]};
  steps: number;
  unit: Unit;
  color: number;
  name: string;               // of the schedule
}

const APART = 20;
const ASIDE = 10;          // the floor's handle stands clear of the letters at the right end

interface Place {
  left: number;
  top: number;
  out: boolean;               // it lies beyond what is drawn
}

export function Handles(props: Props) {
  const {plot, layout, handles, curve} = props;
  const span = layout.x[1] - layout.x[0] || 1, wide = layout.right - layout.left;
  const lrAt = (t: number) => rateAt(curve, t);
  // The rate's handle stands where the curve comes nearest to it first.
  const topAt = (rate: number) => curve.step[curve.lr.reduce((best, lr, i) => (Math.abs(lr - rate) < Math.abs(curve.lr[best]! - rate) * (1 - 1e-9) ? i : best), 0)] ?? 0;
  const place = (handle: Handle): Place => {
    const x = isAcross(handle) ? handle.from + handle.value : handle.kind === 'rate' ? topAt(handle.value) : layout.x[1];
    const floor = handles.find(({kind}) => kind === 'floor')?.value;
    const rate = handles.find(({kind}) => kind === 'rate')!.value;
    // On the curve, but not where the handle of the rate stands.
    const onCurve = Math.abs(plot.yPixel(lrAt(x)) - plot.yPixel(rate)) < APART && Math.abs(topAt(rate) - x) * (wide / span) < APART ? layout.y[0] : lrAt(x);
    const y = handle.kind === 'turn' ? layout.y[0] : handle.kind === 'length' ? floor ?? onCurve : handle.value;
    const left = layout.left + Math.max(0, Math.min(1, (x - layout.x[0]) / span)) * wide - (handle.kind === 'floor' ? ASIDE : 0);
    return {left, top: plot.yPixel(y), out: x > layout.x[1]};
  };
  return <>{handles.map((handle) => <Slider key={handle.key} {...props} handle={handle} place={place(handle)} />)}</>;
}

function Slider({handle, place, plot, layout, steps, unit, color, name, onMove, onHold}: Props & {handle: Handle; place: Place}) {
  // How pixels read when the drag began: what grows under the pointer does not run away from it.
  const grab = useRef<{x: number; y: number; read: (x: number, y: number) => number; pushed: boolean} | null>(null);
  const nudges = useRef(0);
  const across = isAcross(handle), now = useRef(handle);
  now.current = handle;
  const text = across ? units(handle.value, unit) : value(handle.value);

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const box = event.currentTarget as HTMLElement;
    box.setPointerCapture(event.pointerId);
    box.focus({preventScroll: true});
    const {x: [from, to], y: [low, high], left, right, top, bottom} = layout, perX = (to - from) / (right - left);
    const log = plot.isLog(), perY = (high - low) / (bottom - top);
    const logs = Math.log(high / low) / (bottom - top);
    const read = across
      ? (x: number) => dragged(now.current, from + (x - left) * perX, perX)
      : (_: number, y: number) => (log ? dragged(now.current, low * Math.exp((bottom - y) * logs), 0) : dragged(now.current, low + (bottom - y) * perY, perY));
    grab.current = {x: event.clientX - place.left, y: event.clientY - place.top, read, pushed: false};
    onHold(true);
  };
  const move = (event: PointerEvent) => {
    const held = grab.current;
    if (!held) return;
    const next = held.read(event.clientX - held.x, event.clientY - held.y);
    if (next === now.current.value) return;
    onMove(now.current, next, held.pushed ? 'replace' : 'push');
    held.pushed = true;
  };
  const up = () => {
    if (!grab.current) return;
    grab.current = null;
    onHold(false);
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const next = nudged(handle, event.key, event.shiftKey, steps);
    if (next === null) return;
    event.preventDefault();
    if (next !== handle.value) onMove(handle, next, nudges.current++ ? 'replace' : 'push');
  };
  const vertical = {left: `${Math.round(place.left)}px`, top: `${layout.top}px`, height: `${layout.bottom - layout.top}px`};
  const level = {left: `${layout.left}px`, top: `${Math.round(place.top)}px`, width: `${layout.right - layout.left}px`};
  const room = layout.right - place.left, low = place.top > layout.bottom - 26;
  return (
    <>
      {handle.kind !== 'rate' && <div class={`guide ${across ? 'across' : 'along'}`} style={across ? vertical : level} />}
      <div role="slider" tabIndex={0} class={`handle ${handle.kind} edge${color}${place.out ? ' out' : ''}`}
        style={{transform: `translate(${place.left}px, ${place.top}px)`}}
        aria-label={`${handle.label} of ${name}`} aria-orientation={across ? 'horizontal' : 'vertical'}
        aria-valuenow={handle.value} aria-valuemin={across ? handle.min : 0} aria-valuemax={Number.isFinite(handle.max) ? handle.max : across ? Math.max(steps, handle.value) : undefined} aria-valuetext={text}
        onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up} onKeyDown={key} onBlur={() => { nudges.current = 0; }}>
        <span class={`handle-label${room < (across ? 170 : 110) ? ' left' : ''}${low ? ' above' : ''}`}>{handle.label} <b>{across ? value(handle.value, 7) : text}</b></span>
      </div>
    </>
  );
}
