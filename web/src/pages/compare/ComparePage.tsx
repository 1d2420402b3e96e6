// Several runs over each other: one metric, the results, and in which parameters they differ.
import {useEffect, useMemo, useState} from 'preact/hooks';
import type {Run} from '../../api/types.ts';
import {api} from '../../api/client.ts';
import {ChartCard} from '../../chart/ChartCard.tsx';
import {hover} from '../../chart/cursor.ts';
import {chartSpec} from '../../chart/spec.ts';
import {plural, words} from '../../logic/format.ts';
import {shownRange} from '../run/charts.ts';
import {change, view} from '../../state.ts';
import {ChartTools, zoomTo} from '../../ui/ChartTools.tsx';
import {Icon} from '../../ui/icons.tsx';
import {Shell} from '../../ui/Shell.tsx';
import {Differences, Results} from './tables.tsx';
import {colorOf, isDashed, nameOf} from './look.ts';
import type {CompareStore} from './store.ts';
import {openCompare} from './store.ts';

const RUNS_MAX = 50;

export function ComparePage() {
  const [store, setStore] = useState<CompareStore | null>(null);
  useEffect(() => {
    const opened = openCompare();
    setStore(opened);
    return () => { opened.close(); hover.value = null; };
  }, []);
  const {runs} = view.value, error = store?.error.value;
  return (
    <Shell title={runs.length ? `Compare ${plural(runs.length, 'run')}` : 'Compare'} crumbs={<><a href="/runs">Runs</a><span>/</span><b>Compare</b></>}>
      <div class="head">
        <h1>{runs.length ? `Compare ${plural(runs.length, 'run')}` : 'Compare runs'}</h1>
        <span class="space" />
        {store && runs.length < RUNS_MAX && <AddRun />}
      </div>
      {error && <p class="problem" role="alert">{error} <button class="link" onClick={() => void store!.load()}>Retry</button></p>}
      {store && runs.length > 0 && <Comparison store={store} />}
      {runs.length === 0 && (
        <section class="empty">
          <p>Choose runs in the list, or add them here one by one.</p>
          <p><a class="button" href="/runs">All runs</a></p>
        </section>
      )}
    </Shell>
  );
}

function AddRun() {
  const [offers, setOffers] = useState<Run[] | null>(null);
  const load = () => { if (!offers) api.runs({limit: 200}).then((page) => setOffers(page.runs), () => setOffers([])); };
  const {runs} = view.value;
  return (
    <label class="button select" onPointerDown={load} onFocusIn={load}>
      <Icon name="plus" /><span>Add a run</span>
      <select value="" onChange={(event) => {
        const id = event.currentTarget.value;
        if (id) change({runs: [...runs, id]}, 'push');
      }}>
        <option value="">{offers ? 'choose' : '…'}</option>
        {offers?.filter((run) => !runs.includes(run.id)).map((run) => <option key={run.id} value={run.id}>{run.name || run.id}</option>)}
      </select>
    </label>
  );
}

function Comparison({store}: {store: CompareStore}) {
  const now = view.value, {runs: ids, base} = now;
  const traces = store.traces.value, answer = store.comparison.value, runs = store.runs.value, axis = store.axis.value;
  const [single, showSingle] = useState<string | null>(null);    // the run whose row is under the pointer
  const metric = now.metric || 'val_loss', unit = store.unit.value;
  const x = shownRange({traces, axis, view: now});
  const spec = useMemo(() => chartSpec({
    id: 'compare', title: words(metric), x, log: now.log, clip: now.clip,
    curves: ids.flatMap((id, i) => {
      const trace = traces.get(id);
      if (!trace || now.hide.includes(id) || (single !== null && single !== id && id !== base)) return [];
      const look = id === base ? {color: 8, dashed: true} : {color: colorOf(i), dashed: isDashed(i)};
      return [{trace: {...trace, metric: id}, label: nameOf(runs, id), ...look}];
    }),
  }), [traces, runs, ids, base, now.log, now.clip, now.hide, single, metric, x[0], x[1]]);
  if (!answer) return store.error.value ? null : <div class="skeleton" aria-label="Loading" />;
  const missing = ids.filter((id) => runs.has(id) && !traces.has(id)).length;
  const ends = [...traces.values()].map((trace) => axis.toStep(trace.x[trace.x.length - 1] ?? 1));
  return (
    <>
      <ChartTools unit={unit} hasEpochs={store.metrics.value.includes('epoch')} halfLife={now.halfLife ?? 0} span={Math.max(1, ...ends)}>
        {missing > 0 && `${plural(missing, 'run')} without this metric`}
      </ChartTools>
      <ChartCard spec={spec} x={x} axis={axis} unit={unit} height={380} onZoom={zoomTo}
        summary={`${words(metric)} of ${plural(traces.size, 'run')}`} hint={<MetricChoice metric={metric} metrics={store.metrics.value} />} />
      <Results comparison={answer} runs={runs} onHover={showSingle} />
      <Differences comparison={answer} runs={runs} />
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
