// A parameter against what the runs reached: one dot a run. One stop for the keyboard: the arrows go
// from dot to dot, Enter opens the run.
import {useRef, useState} from 'preact/hooks';
import type {Scale} from '../../logic/compare/scale.ts';
import {scaleOf} from '../../logic/compare/scale.ts';
import type {Figure} from '../../logic/compare/settings.ts';
import {json, plural, value, words} from '../../logic/format.ts';
import {parseView} from '../../logic/view.ts';
import {show, view} from '../../state.ts';
import {Segmented} from '../../ui/controls.tsx';
import {lookOf, nameOf} from './look.ts';
import {adjust, settings} from './settings.ts';
import type {CompareStore} from './store.ts';

interface Dot {
  id: string;
  left: number;       // both of 0 to 1
  up: number;
}

const REACH_PX = 16;
const keys: Record<string, number> = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity};

export function Scatter({store}: {store: CompareStore}) {
  const {by, figure, scale} = settings.value, params = store.params.value.filter(({differs}) => differs);
  const param = params.find(({key}) => key === by) ?? params[0];
  if (!param || !store.comparison.value) return null;
  const ids = view.value.runs, metric = view.value.metric || 'val_loss';
  const xs = scaleOf(ids.map((id) => param.values.get(id)), scale);
  const ys = scaleOf(ids.map((id) => store.valueOf(id, `@${figure}`)), view.value.log ? 'log' : 'lin');
  const dots = store.kept.value.flatMap((id): Dot[] => {
    const left = xs.at(param.values.get(id)), up = ys.at(store.valueOf(id, `@${figure}`));
    return left === null || up === null ? [] : [{id, left, up}];
  }).sort((a, b) => a.left - b.left || a.up - b.up);
  const without = store.kept.value.length - dots.length;
  return (
    <section class="card scatter-card" aria-labelledby="scatter-title">
      <div class="card-head">
        <h2 id="scatter-title">{words(metric)} by<span class="sr"> {param.key}</span></h2>
        <span class="group">
          <select aria-label="Parameter" value={param.key} onChange={(event) => adjust({by: event.currentTarget.value})}>
            {params.map(({key}) => <option key={key} value={key}>{key}</option>)}
          </select>
        </span>
        {without > 0 && <span class="hint">{plural(without, 'run')} without {param.key} or a finite value</span>}
        <span class="space" />
        <Segmented<Figure> label="Value" value={figure} options={[{value: 'final', label: 'Final'}, {value: 'best', label: 'Best'}]} onChange={(one) => adjust({figure: one})} />
        {xs.canLog && <Segmented label="Axis" value={xs.kind} options={[{value: 'lin', label: 'Lin'}, {value: 'log', label: 'Log'}]}
          onChange={(one) => adjust({scale: one === 'log' ? 'log' : 'lin'})} />}
      </div>
      <Dots store={store} dots={dots} xs={xs} ys={ys} say={(id) => `${param.key} ${json(param.values.get(id))}, ${figure} ${value(store.valueOf(id, `@${figure}`) as number)}`} />
    </section>
  );
}

function Dots({store, dots, xs, ys, say}: {store: CompareStore; dots: Dot[]; xs: Scale; ys: Scale; say: (id: string) => string}) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string | null>(null);
  const here = dots.find(({id}) => id === at), runs = store.runs.value;
  const open = (id: string) => show(parseView(`/run/${encodeURIComponent(id)}`, ''));
  const near = (event: PointerEvent | MouseEvent) => {
    const {left, top, width, height} = box.current!.getBoundingClientRect();
    const far = (dot: Dot) => Math.hypot(left + dot.left * width - event.clientX, top + (1 - dot.up) * height - event.clientY);
    const found = dots.reduce<Dot | null>((best, dot) => (!best || far(dot) < far(best) ? dot : best), null);
    return found && far(found) <= REACH_PX ? found : null;
  };
  const key = (event: KeyboardEvent) => {
    const jump = keys[event.key];
    if (event.key === 'Enter' && here) return open(here.id);
    if (jump === undefined || !dots.length) return;
    event.preventDefault();
    const i = dots.findIndex(({id}) => id === at), from = i < 0 && jump < 0 ? dots.length : i;
    setAt(dots[Math.max(0, Math.min(dots.length - 1, from + jump))]!.id);
  };
  return (
    <div class="scatter">
      {ys.ticks.map(({at: up, text}) => <span key={text} class="tick-y" style={{bottom: `${100 * up}%`}}><i />{text}</span>)}
      {xs.ticks.map(({at: left, text}) => <span key={text} class="tick-x" style={{left: `${100 * left}%`}} title={text}>{text}</span>)}
      <div ref={box} class={`dots${here ? ' on' : ''}`} tabIndex={0} role="group" aria-label="One dot for each run: arrow keys go from dot to dot, Enter opens the run"
        onPointerMove={(event) => setAt(near(event)?.id ?? null)} onPointerLeave={() => setAt(null)} onBlur={() => setAt(null)}
        onClick={(event) => { const found = near(event); if (found) open(found.id); }} onKeyDown={key}>
        {dots.map(({id, left, up}) => {
          const look = store.looks.value.get(id) ?? lookOf(0);
          return <i key={id} data-run={id} class={`mark ${look.shape} mark${look.color}${id === at ? ' at' : ''}`} style={{left: `${100 * left}%`, bottom: `${100 * up}%`}} />;
        })}
        {here && (
          <div class={`tip dot-tip${here.left > 0.6 ? ' leftward' : ''}`} style={{left: `${100 * here.left}%`, bottom: `${100 * here.up}%`}}>
            <b>{nameOf(runs, here.id)}</b><br />{say(here.id)}
          </div>
        )}
        <div class="sr" aria-live="polite">{here && `${nameOf(runs, here.id)}: ${say(here.id)}`}</div>
      </div>
    </div>
  );
}
