// A card with a chart: title, legend, hint, canvas, overlay and the tabs of findings.
import type {ComponentChildren} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {Axis} from '../logic/axis.ts';
import type {Lettered} from '../logic/findings.ts';
import {severityClass} from '../logic/findings.ts';
import {count, plural, value} from '../logic/format.ts';
import {yView} from '../logic/series.ts';
import {change, theme, view} from '../state.ts';
import {Icon} from '../ui/icons.tsx';
import {Later} from '../ui/Later.tsx';
import type {Note, Place} from './Crosshair.tsx';
import {dataOf} from './cursor.ts';
import type {Zoom} from './Overlay.tsx';
import {Overlay} from './Overlay.tsx';
import type {Layout} from './plot.ts';
import {Plot} from './plot.ts';
import type {ChartSpec} from './spec.ts';

export interface LegendEntry {
  key: string;
  label: string;
  color: number;
  dashed?: boolean;
  dash?: readonly number[];
}

export interface ChartProps {
  spec: ChartSpec;
  x: [number, number];
  axis: Axis;
  unit: string;
  height: number;
  summary: string;                 // what the chart shows, in a sentence, for those who hear it
  legend?: LegendEntry[];
  hint?: ComponentChildren;
  headline?: ComponentChildren;    // of a small chart: its newest value
  note?: Note;
  csv?: (metrics: string[]) => string;      // where all points of these are
  onZoom?: Zoom;
  onFinding?: (finding: Lettered) => void;
  place?: Place;
  empty?: string;                  // said in the place of the lines there are none of
  over?: (plot: Plot, layout: Layout) => ComponentChildren;   // what else lies over it
}

const loadData = () => import('../ui/byhand.ts').then((m) => m.ChartData);
const savePicture = (props: ChartProps) => void import('../ui/byhand.ts').then((m) => m.savePicture(props));

export function ChartCard(props: ChartProps) {
  const {spec, x, axis, height, summary, legend, hint, headline} = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const plot = useRef<Plot | null>(null);
  const [layout, setLayout] = useState<Layout | null>(null);
  const id = `chart-${spec.id}`;

  useLayoutEffect(() => {
    plot.current = new Plot(canvas.current!, spec.mini, setLayout);
    return () => plot.current!.destroy();
  }, []);
  useLayoutEffect(() => plot.current!.set(spec, x, axis), [spec, x[0], x[1], axis]);
  useLayoutEffect(() => plot.current!.repaint(), [theme.value]);

  const nothing = !spec.y && !spec.bad.length;
  return (
    <section class={`card ${spec.mini ? 'mini' : 'chart'}`} aria-labelledby={id}>
      <div class={spec.mini ? 'mini-head' : 'card-head'}>
        <h2 id={id} title={spec.title}>{spec.title}{spec.mini && spec.log && <small> log</small>}</h2>
        {legend && <Legend entries={legend} />}
        <Notes spec={spec} />
        {!spec.mini && <span class="space" />}
        {headline}
        {hint && <span class="hint">{hint}</span>}
        <button class="icon-button small" aria-label={`${spec.title}: data`} title="Data (t)" onClick={() => { dataOf.value = spec.id; }}><Icon name="table" /></button>
        {!spec.mini && <button class="icon-button small" aria-label={`${spec.title}: save as PNG`} title="Save as PNG" onClick={() => savePicture(props)}><Icon name="download" /></button>}
      </div>
      <div class="plot" style={{height: `${height}px`}}>
        <canvas ref={canvas} role="img" aria-label={summary} />
        {layout && plot.current && <Overlay {...props} plot={plot.current} layout={layout} />}
        {layout && plot.current && props.over?.(plot.current, layout)}
        {layout && view.value.bands && <Tabs {...props} layout={layout} />}
        {nothing && <p class="plot-empty">{props.empty ?? (spec.lines.length ? 'Nothing logged in this range.' : 'No points yet.')}</p>}
      </div>
      {dataOf.value === spec.id && <Later load={loadData} {...props} />}
    </section>
  );
}

// What the picture leaves out is said in words. Of a thinned curve the buckets are counted: at least
// one point of each lies there.
function Notes({spec}: {spec: ChartSpec}) {
  const {y, bad, mini, envelopes, log} = spec;
  if (!y && !bad.length) return null;
  const some = (n: number) => `${envelopes.length ? '≥ ' : ''}${mini ? count(n) : plural(n, 'point')}`;
  const [bottom, top] = y ? yView(y, log) : [0, 0], lost = y?.lost.length ?? 0;
  const hidden = [y && y.above > 0 && `▲ ${some(y.above)}`, y && y.below > 0 && `▼ ${some(y.below)}`] as const;
  const above = hidden[0] && `${hidden[0]} above ${value(top, 3)}`, below = hidden[1] && `${hidden[1]} below ${value(bottom, 3)}`;
  const full = [above, below].filter(Boolean).join(' · '), short = hidden.filter(Boolean).join(' ');
  return (
    <>
      {bad.length > 0 && <span class="hint crit-text" title="NaN or infinite">✕ {mini ? count(bad.length) : plural(bad.length, 'NaN or infinite value')}</span>}
      {lost > 0 && <span class="hint crit-text" title="A log axis has no place for them">▾ {some(lost)} ≤ 0</span>}
      {full && <button class="hint link" title={`${full}: show every point (o)`} onClick={() => change({clip: false}, 'push')}>{mini ? short : full}</button>}
    </>
  );
}

function Legend({entries}: {entries: LegendEntry[]}) {
  const hidden = view.value.hide;
  const toggle = (key: string) =>
    change({hide: hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key]}, 'push');
  return (
    <div class="legend">
      {entries.map(({key, label, color, dashed, dash}) => (
        <button key={key} aria-pressed={!hidden.includes(key)} onClick={() => toggle(key)}>
          <svg viewBox="0 0 20 8" aria-hidden="true">
            <path d="M0 4h20" class={`stroke${color}`} stroke-dasharray={dash?.join(' ') ?? (dashed ? '5 3' : undefined)} />
          </svg>
          {label}
        </button>
      ))}
    </div>
  );
}

const TAB_WIDE_PX = 92, TAB_HIGH_PX = 18, LETTER_PX = 22;

// Real buttons on the upper edge of their bands; where two would lie over each other the later
// steps down.
function Tabs({spec, axis, layout, onFinding}: ChartProps & {layout: Layout}) {
  const span = layout.x[1] - layout.x[0] || 1;
  const pixel = (step: number) =>
    layout.left + ((axis.toX(step) - layout.x[0]) / span) * (layout.right - layout.left);
  const placed: {left: number; right: number; row: number}[] = [];
  const tabs = [...spec.marks].sort((a, b) => a.from_step - b.from_step).map((mark) => {
    const from = pixel(mark.from_step), to = mark.ongoing ? layout.right : pixel(mark.to_step);
    if (to < layout.left || from > layout.right) return null;
    const left = Math.min(Math.max(from, layout.left), layout.right - LETTER_PX);
    const short = spec.mini || to - left < TAB_WIDE_PX;
    const wide = short ? LETTER_PX : 24 + mark.title.length * 6.4;
    let row = 0;
    while (placed.some((other) => other.row === row && left < other.right && left + wide > other.left)) row++;
    placed.push({left, right: left + wide, row});
    return {mark, left, short, row};
  });
  return (
    <>
      {tabs.map((tab) => tab && layout.top + (tab.row + 1) * TAB_HIGH_PX < layout.bottom && (
        <button key={tab.mark.key} class={`tab ${severityClass[tab.mark.severity]}${tab.short ? ' short' : ''}`}
          style={{left: `${tab.left}px`, top: `${layout.top + tab.row * TAB_HIGH_PX}px`}}
          aria-label={`${tab.mark.letter} ${tab.mark.title}, show finding`} title={tab.mark.title}
          onClick={() => onFinding?.(tab.mark)}>
          <span class="letter">{tab.mark.letter}</span>{!tab.short && ` ${tab.mark.title}`}
        </button>
      ))}
    </>
  );
}
