// Parallel coordinates: each differing parameter and the metric as an axis, each run a line through
// them. A range that is brushed on an axis keeps the runs in it, here and everywhere on the page.
import {useRef, useState} from 'preact/hooks';
import type {Json} from '../../api/types.ts';
import {isSeed} from '../../logic/compare/params.ts';
import type {Scale} from '../../logic/compare/scale.ts';
import {brushOf, brushRange, scaleOf} from '../../logic/compare/scale.ts';
import {plural} from '../../logic/format.ts';
import {view} from '../../state.ts';
import {lookOf} from './look.ts';
import {adjust, settings} from './settings.ts';
import type {CompareStore} from './store.ts';

interface Axis {
  key: string;
  label: string;
  scale: Scale;
  of: (id: string) => Json | undefined;
  none: boolean;          // some run has no place on it
}

const AXES_MAX = 14, NONE_AT = -0.09, CLICK = 0.02;

function axesOf(store: CompareStore): {axes: Axis[]; left: number} {
  const {figure} = settings.value, ids = view.value.runs, log = view.value.log;
  const differ = store.params.value.filter(({differs}) => differs);
  const params = [...differ.filter(({key}) => !isSeed(key)), ...differ.filter(({key}) => isSeed(key))];
  const axis = (key: string, label: string, of: Axis['of'], wanted: '' | 'log' | 'lin' = ''): Axis => {
    const scale = scaleOf(ids.map(of), wanted);
    return {key, label, of, scale, none: ids.some((id) => scale.at(of(id)) === null)};
  };
  return {
    axes: [...params.slice(0, AXES_MAX).map(({key, values}) => axis(key, key, (id) => values.get(id))),
      axis(`@${figure}`, `${figure} ${view.value.metric || 'val_loss'}`, (id) => store.valueOf(id, `@${figure}`), log ? 'log' : 'lin')],
    left: Math.max(0, params.length - AXES_MAX),
  };
}

export function Parallel({store}: {store: CompareStore}) {
  if (!store.comparison.value) return null;
  const {axes, left} = axesOf(store), {brush} = settings.value, kept = new Set(store.kept.value), ids = view.value.runs;
  if (axes.length < 2) return null;
  const x = (i: number) => (100 * (i + 0.5)) / axes.length;
  const path = (id: string) => axes.map(({scale, of}, i) => `${i ? 'L' : 'M'}${x(i).toFixed(2)} ${(100 * (1 - (scale.at(of(id)) ?? NONE_AT))).toFixed(2)}`).join('');
  const ordered = [...ids].sort((a, b) => Number(kept.has(a)) - Number(kept.has(b)));     // those that are kept lie on top
  return (
    <section class="card parallel-card" aria-labelledby="parallel-title">
      <div class="card-head">
        <h2 id="parallel-title">Parallel coordinates</h2>
        <span class="hint">drag along an axis to keep a range{left > 0 && ` · ${plural(left, 'further parameter')} not shown`}</span>
        <span class="space" />
        {brush.length > 0 && <span class="hint">{kept.size} of {plural(ids.length, 'run')} kept</span>}
        {brush.length > 0 && <button class="button small" onClick={() => adjust({brush: []})}>Keep all</button>}
      </div>
      <div class="scroll parallel-scroll" tabIndex={0} role="region" aria-label="Parallel coordinates, scrollable">
        <div class="parallel" style={{minWidth: `${axes.length * 104}px`}}>
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {ordered.map((id) => {
              const look = store.looks.value.get(id) ?? lookOf(0);
              return <path key={id} data-run={id} d={path(id)} class={kept.has(id) ? `stroke${look.color}` : 'out'} stroke-dasharray={look.dash.join(' ') || undefined} />;
            })}
          </svg>
          {axes.map((axis, i) => <BrushAxis key={axis.key} axis={axis} left={x(i)} />)}
        </div>
      </div>
    </section>
  );
}

function BrushAxis({axis: {key, label, scale, none}, left}: {axis: Axis; left: number}) {
  const box = useRef<HTMLDivElement>(null), start = useRef<number | null>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const {brush} = settings.value, mine = brush.find((one) => one.key === key);
  const shown = drag ?? (mine ? brushRange(mine, scale) : null), {stops} = scale;
  const commit = (range: [number, number]) => {
    const made = brushOf(key, range, scale);
    adjust({brush: [...brush.filter((one) => one.key !== key), ...(made ? [made] : [])]});
  };
  const place = (event: PointerEvent) => {
    const {top, height} = box.current!.getBoundingClientRect();
    return Math.max(0, Math.min(1, 1 - (event.clientY - top) / height));
  };
  const up = () => {
    start.current = null;
    setDrag(null);
    if (drag) commit(Math.abs(drag[1] - drag[0]) < CLICK ? [0, 1] : drag);
  };
  // The ends as places in the list of values: a key moves one of them by one value.
  const within = stops.map(({at}, i) => ({at, i})).filter(({at}) => !shown || (at >= shown[0] - 1e-9 && at <= shown[1] + 1e-9)).map(({i}) => i);
  const low = within[0] ?? 0, high = within[within.length - 1] ?? stops.length - 1;
  const thumb = (end: 'lowest' | 'highest') => {
    const at = end === 'lowest' ? low : high, other = end === 'lowest' ? high : low;
    const move = (event: KeyboardEvent) => {
      const jump = ({ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity} as Record<string, number>)[event.key];
      if (event.key === 'Escape') commit([0, 1]);
      if (jump === undefined) return;
      event.preventDefault();
      const [least, most] = end === 'lowest' ? [0, other] : [other, stops.length - 1];
      const to = Math.max(least, Math.min(most, at + jump));
      commit(end === 'lowest' ? [stops[to]!.at, stops[other]!.at] : [stops[other]!.at, stops[to]!.at]);
    };
    const edge = shown ? shown[end === 'lowest' ? 0 : 1] : end === 'lowest' ? 0 : 1;
    return (
      <div class={`thumb ${end}`} style={{bottom: `${100 * edge}%`}} role="slider" tabIndex={0} aria-orientation="vertical" aria-label={`${label}, ${end} kept`}
        aria-valuemin={0} aria-valuemax={stops.length - 1} aria-valuenow={at} aria-valuetext={stops[at]?.text} onKeyDown={move} />
    );
  };
  return (
    <div class="axis" style={{left: `${left}%`}}>
      <span class="axis-label" title={label}>{label}</span>
      {scale.ticks.map(({at, text}) => <span key={text} class="axis-tick" style={{bottom: `${100 * at}%`}} title={text}>{text}</span>)}
      {none && <span class="axis-tick none" style={{bottom: `${100 * NONE_AT}%`}}>none</span>}
      <div ref={box} class="axis-line" data-axis={key}
        onPointerDown={(event) => { if (event.button) return; start.current = place(event); setDrag([start.current, start.current]); event.currentTarget.setPointerCapture(event.pointerId); }}
        onPointerMove={(event) => { const from = start.current, to = place(event); if (from !== null) setDrag([Math.min(from, to), Math.max(from, to)]); }}
        onPointerUp={up} onPointerCancel={() => { start.current = null; setDrag(null); }}>
        {shown && <div class="brushed" style={{bottom: `${100 * shown[0]}%`, height: `${100 * (shown[1] - shown[0])}%`}} />}
      </div>
      {stops.length > 0 && thumb('lowest')}
      {stops.length > 0 && thumb('highest')}
    </div>
  );
}
