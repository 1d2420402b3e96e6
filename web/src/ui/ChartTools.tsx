// The bar over the charts: x axis, smoothing, y axis, what is drawn, the zoom.
import type {ComponentChildren} from 'preact';
import {count} from '../logic/format.ts';
import {halfLives, nearest} from '../logic/series.ts';
import type {XMode} from '../logic/view.ts';
import {change, view} from '../state.ts';
import {useKeys} from '../keys.ts';
import {Check, Segmented} from './controls.tsx';
import {Icon} from './icons.tsx';

interface Props {
  unit: 'epoch' | 'step';
  hasEpochs: boolean;       // epochs were logged beside steps
  halfLife: number;         // in effect
  span: number;             // steps from the first to the last
  findings?: boolean;
  children?: ComponentChildren;
}

// Steps are whole numbers, and a range that is moved keeps its width.
export function zoomTo(range: [number, number] | null, how: 'push' | 'replace' = 'push') {
  const from = range && Math.max(0, Math.round(range[0]));
  change({from, to: range && Math.max(from! + 1, Math.round(range[1]))}, how);
}

export function ChartTools({unit, hasEpochs, halfLife, span, findings, children}: Props) {
  const {x, log, clip, bands, from, to} = view.value;
  const modes: {value: XMode; label: string}[] = [
    ...(unit === 'step' ? [{value: 'step' as const, label: 'Step'}] : []),
    ...(unit === 'epoch' || hasEpochs ? [{value: unit === 'epoch' ? 'step' as const : 'epoch' as const, label: 'Epoch'}] : []),
    {value: 'relative', label: 'Relative'},
    {value: 'time', label: 'Wall'},
  ];
  const shownMode = modes.some((mode) => mode.value === x) ? x : 'step';
  const lives = halfLives(span), at = Math.max(0, nearest(lives, halfLife));
  const setLife = (i: number) => change({halfLife: lives[Math.max(0, Math.min(lives.length - 1, i))]!});
  useKeys({
    s: () => setLife(at + 1),
    S: () => setLife(at - 1),
    e: () => change({x: modes[(modes.findIndex((m) => m.value === shownMode) + 1) % modes.length]!.value}, 'push'),
    l: () => change({log: !log}, 'push'),
    o: () => change({clip: !clip}, 'push'),
    '0': () => zoomTo(null),
  });
  const text = halfLife ? `${count(halfLife)} ${unit}${halfLife === 1 ? '' : 's'}` : 'off';
  return (
    <div class="tools" role="toolbar" aria-label="Chart controls">
      <Segmented label="x axis" value={shownMode} options={modes} onChange={(mode) => change({x: mode}, 'push')} />
      <label class="group smoothing">
        Smoothing
        <input type="range" min={0} max={lives.length - 1} step={1} value={at} aria-label="Smoothing half-life" aria-valuetext={text}
          style={{'--filled': `${(100 * at) / Math.max(1, lives.length - 1)}%`}}
          onInput={(event) => setLife(Number(event.currentTarget.value))} />
        <output>{text}</output>
      </label>
      <Segmented label="y axis" value={log ? 'log' : 'lin'} options={[{value: 'lin', label: 'Lin'}, {value: 'log', label: 'Log'}]}
        onChange={(y) => change({log: y === 'log'}, 'push')} />
      <Check label="Clip outliers" checked={clip} onChange={(on) => change({clip: on}, 'push')} />
      {findings && <Check label="Findings" checked={bands} onChange={(on) => change({bands: on}, 'push')} />}
      <span class="space" />
      {(from !== null || to !== null) && (
        <button class="chip" onClick={() => zoomTo(null)} title="Reset zoom (0)">
          {unit}s {from === null ? 'start' : count(from)} – {to === null ? 'end' : count(to)}<Icon name="close" />
        </button>
      )}
      <span class="hint">{children}</span>
    </div>
  );
}
