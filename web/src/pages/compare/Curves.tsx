// The chart of the comparison with its legend, and what a group's line says under the pointer.
import {useMemo} from 'preact/hooks';
import {ChartCard} from '../../chart/ChartCard.tsx';
import type {LegendEntry} from '../../chart/ChartCard.tsx';
import type {Note} from '../../chart/Crosshair.tsx';
import {hover} from '../../chart/cursor.ts';
import {bandWords, countWords} from '../../logic/compare/mean.ts';
import {difference, plural, value, words} from '../../logic/format.ts';
import {nearest} from '../../logic/series.ts';
import {change, view} from '../../state.ts';
import {ChartTools, zoomTo} from '../../ui/ChartTools.tsx';
import {shownRange} from '../run/charts.ts';
import {BASELINE, lookOf, nameOf} from './look.ts';
import {settings} from './settings.ts';
import {compareSpec} from './spec.ts';
import type {CompareStore} from './store.ts';

export function Curves({store, single}: {store: CompareStore; single: string | null}) {
  const now = view.value, {runs: ids} = now, {group, diff, band} = settings.value;
  const traces = store.traces.value, means = store.means.value, runs = store.runs.value, axis = store.axis.value;
  const groups = store.groups.value, kept = store.kept.value, looks = store.looks.value;
  const metric = now.metric || 'val_loss', unit = store.unit.value, grouped = group.length > 0;
  const base = store.baseline.value;
  const x = shownRange({traces: new Map([...(grouped ? [] : traces), ...means]), axis, view: now});
  const title = diff ? `${words(metric)} less ${nameOf(runs, base)}` : words(metric);
  const whole = useMemo(() => compareSpec({
    title, x, log: now.log && !diff, clip: now.clip, hidden: now.hide,
    curves: ids.flatMap((id) => {
      const trace = traces.get(id);
      return !trace || (grouped ? id !== base : !kept.includes(id) && id !== base) ? []
        : [{id, label: grouped ? `${nameOf(runs, id)} (baseline)` : nameOf(runs, id), look: looks.get(id) ?? lookOf(0), trace}];
    }),
    groups: groups.flatMap((one) => { const mean = means.get(one.id); return mean ? [{group: one, mean}] : []; }),
  }), [title, traces, means, runs, ids, base, kept, groups, looks, grouped, now.log, now.clip, now.hide, x[0], x[1]]);
  // One alone keeps the axes of all, so that nothing jumps.
  const spec = useMemo(() => (single === null || !whole.lines.some(({key}) => key === single) ? whole
    : {...whole, lines: whole.lines.filter(({key}) => key === single || key === base)}), [whole, single, base]);

  const note: Note = (line, all) => {
    const mean = means.get(line.key), at = hover.value?.x ?? (now.pin === null ? NaN : axis.toX(now.pin));
    if (mean) {
      const i = nearest(mean.x, at), n = mean.n[i] ?? 0;
      return n === 1 ? 'n 1, no spread' : `${band === 'minmax' ? `${value(mean.min![i])} to ${value(mean.max![i])}` : `± ${value(mean.spread[i], 3)}`} · n ${n}`;
    }
    const from = all.get(base);
    return diff || from === undefined || line.key === base ? '' : `Δ ${difference(all.get(line.key)! - from)}`;
  };
  const legend: LegendEntry[] | undefined = grouped ? groups.flatMap(({id, label, look}) => {
    const mean = means.get(id);
    return mean ? [{key: id, label: `${label} · ${countWords(mean.n)}`, color: look.color, dash: look.dash.length ? look.dash : undefined}] : [];
  }).concat(traces.has(base) ? [{key: base, label: `${nameOf(runs, base)} (baseline)`, color: BASELINE.color, dash: BASELINE.dash}] : []) : undefined;
  const missing = ids.filter((id) => runs.has(id) && !store.comparison.value?.runs.find(({run}) => run === id)?.count).length;
  const brushed = ids.length - kept.length;
  const ends = [...traces.values(), ...means.values()].map((trace) => axis.toStep(trace.x[trace.x.length - 1] ?? 1));
  const falls = [...means.values()].some(({n}) => n[n.length - 1]! < Math.max(...n));
  const summary = grouped ? `Mean ${words(metric).toLowerCase()} of ${plural(means.size, 'group')} of runs: ${legend!.map(({label}) => label).join(', ')}`
    : `${title} of ${plural(spec.lines.filter(({kind}) => kind === 'main').length, 'run')}`;
  return (
    <>
      <ChartTools unit={unit} hasEpochs={store.metrics.value.includes('epoch')} halfLife={now.halfLife ?? 0} span={Math.max(1, ...ends)}>
        {[missing > 0 && `${plural(missing, 'run')} without this metric`, brushed > 0 && `${plural(brushed, 'run')} brushed out`, diff && now.log && 'differences have no log axis'].filter(Boolean).join(' · ')}
      </ChartTools>
      <ChartCard spec={spec} x={x} axis={axis} unit={unit} height={380} onZoom={zoomTo} summary={summary} legend={legend} note={note}
        empty={diff ? 'No run has a point where the baseline has any.' : undefined}
        hint={<MetricChoice metric={metric} metrics={store.metrics.value} />} />
      {grouped && (
        <p class="hint chart-note">
          Lines are means over the runs that have a value at that {unit}, the band is {bandWords[band]}.
          {falls && ` Where n falls, as runs end earlier or their values are no numbers, only the band's dotted edges go on.`}
        </p>
      )}
    </>
  );
}

function MetricChoice({metric, metrics}: {metric: string; metrics: string[]}) {
  return (
    <label class="group">Metric
      <select value={metric} onChange={(event) => change({metric: event.currentTarget.value}, 'push')}>
        {[...new Set([metric, ...metrics])].map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}
