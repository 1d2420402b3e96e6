// One run: is it running, is it good, what is wrong, since when.
import {useEffect, useMemo, useState} from 'preact/hooks';
import type {Reference} from '../../api/types.ts';
import {ChartCard} from '../../chart/ChartCard.tsx';
import type {Note} from '../../chart/Crosshair.tsx';
import {dataOf, hover} from '../../chart/cursor.ts';
import {csvAddress} from '../../api/client.ts';
import type {Zoom} from '../../chart/Overlay.tsx';
import {rowsOf} from '../../logic/epochs.ts';
import type {Lettered} from '../../logic/findings.ts';
import {letters} from '../../logic/findings.ts';
import * as format from '../../logic/format.ts';
import {kept} from '../../logic/zoom.ts';
import {change, view} from '../../state.ts';
import {useKeys} from '../../keys.ts';
import {ChartTools, zoomTo} from '../../ui/ChartTools.tsx';
import {NotFound} from '../../ui/NotFound.tsx';
import {Shell} from '../../ui/Shell.tsx';
import type {RunCharts} from './charts.ts';
import {lossSummary, REFERENCE_KEY, referenceName, VAL_DASH} from './charts.ts';
import {EpochTable} from './EpochTable.tsx';
import {Findings, Parameters, ScheduleCard, Scorecard} from './Rail.tsx';
import {RunHead, StatStrip} from './RunHead.tsx';
import type {RunStore} from './store.ts';
import {openRun} from './store.ts';
import {useCharts} from './useCharts.ts';

export function RunPage({id}: {id: string}) {
  const [store, setStore] = useState<RunStore | null>(null);
  useEffect(() => {
    const opened = openRun(id);
    setStore(opened);
    return () => { opened.close(); hover.value = null; dataOf.value = ''; };
  }, [id]);
  const run = store?.id === id ? store.run.value : null, error = store?.error.value;
  const crumbs = (
    <>
      <a href="/runs">Runs</a><span>/</span>
      {run?.project && <><a href={`/runs?project=${encodeURIComponent(run.project)}`}>{run.project}</a><span>/</span></>}
      <b>{run?.name || id}</b>
    </>
  );
  const points = run?.metrics?.reduce((sum, metric) => sum + metric.count, 0) ?? 0;
  const open = run ? run.findings.error + run.findings.warning : 0;
  return (
    <Shell title={`${open ? `(${open}) ` : ''}${run?.name || id}`} crumbs={crumbs}
      footer={run && <span>{format.plural(points, 'point')} stored</span>}>
      {error && <NotFound title={error.status === 404 ? `No run ${id}` : 'This run cannot be shown'} text={error.message} />}
      {!error && run && store && <Run store={store} />}
      {!error && !run && <div class="skeleton" aria-label="Loading" />}
    </Shell>
  );
}

function Run({store}: {store: RunStore}) {
  const run = store.run.value!, diagnosis = store.diagnosis.value, reference = store.reference.value;
  const table = store.table.value, axis = store.axis.value;
  const findings = useMemo(() => letters(diagnosis), [diagnosis]);
  const charts = useCharts(store, findings, view.value);
  const rows = useMemo(() => (table ? rowsOf(table, run) : []), [table, run.roles]);
  useFindingKeys(findings);
  const last = run.last_step ?? 0, span = last - Math.min(last, ...(run.metrics ?? []).map((m) => m.first_step));
  return (
    <>
      <RunHead run={run} onChange={(answer) => { store.run.value = {...answer, metrics: answer.metrics ?? run.metrics}; void store.load(); }} />
      <StatStrip run={run} diagnosis={diagnosis} rows={rows} reference={reference} />
      <ChartTools unit={run.x} hasEpochs={run.metrics?.some((m) => m.name === 'epoch') ?? false}
        halfLife={store.halfLife()} span={span} findings>
        {density(charts)}
      </ChartTools>
      {store.seriesError.value && (
        <p class="problem" role="alert">{store.seriesError.value} <button class="link" onClick={() => void store.load()}>Retry</button></p>
      )}
      <div class="columns">
        <div class="main-column">
          <Charts store={store} charts={charts} />
          <EpochTable run={run} rows={rows} findings={findings} axis={axis} />
        </div>
        <aside class="rail" aria-label="Findings and parameters">
          <Findings muting={{run: run.id, refresh: store.refresh}} findings={findings} diagnosis={diagnosis} unit={run.x} />
          <Scorecard diagnosis={diagnosis} />
          <ScheduleCard run={run.id} reference={reference} />
          <Parameters run={run} baseline={store.baseline.value} />
        </aside>
      </div>
    </>
  );
}

function density({loss, others}: RunCharts): string {
  const shown = loss.points ? loss : others[0] ?? loss;
  return shown.points ? drawnText(shown) : '';
}

function Charts({store, charts}: {store: RunStore; charts: RunCharts}) {
  const run = store.run.value!, reference = store.reference.value, axis = store.axis.value;
  const [all, setAll] = useState(false);
  const unit = run.x, {x, loss, lr, others} = charts;
  const metrics = run.metrics ?? [], first = Math.min(...metrics.map((m) => m.first_step)), last = Math.max(...metrics.map((m) => m.last_step));
  const zoom: Zoom = (range, how) => zoomTo(range && kept(range, [first, last], 2), how);
  const csv = (names: string[]) => csvAddress(run.id, names);
  const common = {x, axis, unit, csv, onZoom: zoom, onFinding: (finding: Lettered) => openFinding(finding.key)};
  const entry = (role: 'train_loss' | 'val_loss', label: string, color: number) =>
    (run.roles[role] ? [{key: run.roles[role]!, label, color, dash: role === 'val_loss' ? VAL_DASH : undefined}] : []);
  // A run without any metric is waiting for its first point: its empty chart says so.
  const lossKnown = run.roles.train_loss !== null || run.roles.val_loss !== null || !run.metrics?.length;
  const shown = all ? others : others.slice(0, 12);
  return (
    <>
      {lossKnown ? (
        <ChartCard {...common} spec={loss} height={332} summary={lossSummary(run, loss, unit)} note={lossNote(run.roles.train_loss, run.roles.val_loss)}
          legend={[...entry('train_loss', 'train', 1), ...entry('val_loss', 'val', 2)]} />
      ) : (
        <section class="card"><p class="rail-text">No metric of this run is known as a loss. Say which one is with the run's <code>roles</code>.</p></section>
      )}
      {lr && (
        <ChartCard {...common} spec={lr} height={172} summary={`${summary(lr)}${reference?.source === 'none' ? '' : '; its reference schedule beside it'}`}
          note={lrNote} hint={<Deviation reference={reference} />}
          legend={[{key: run.roles.lr!, label: 'lr', color: 4},
            ...(reference && reference.source !== 'none' ? [{key: REFERENCE_KEY, label: referenceName(reference), color: 8, dashed: true}] : [])]} />
      )}
      {shown.length > 0 && (
        <div class="minis">
          {shown.map((spec) => (
            <ChartCard key={spec.id} {...common} spec={spec} height={112} summary={summary(spec)}
              headline={<b>{newest(spec)}</b>} />
          ))}
        </div>
      )}
      {others.length > shown.length && <button class="button wide" onClick={() => setAll(true)}>Show all {others.length} metrics</button>}
    </>
  );
}

// With as many digits at every step: the figure stands still while it changes.
const newest = (spec: RunCharts['loss']) => {
  const line = spec.lines.find((one) => one.kind === 'main');
  return format.padded(line?.y[line.y.length - 1]);
};

// "Learning rate from 3e-4 to 1e-4; 1,000 of 12,000 points drawn"
const summary = (spec: RunCharts['loss']) => {
  const told = spec.lines.filter((line) => line.kind === 'main' && line.y.length)
    .map(({label, y}) => `${label} from ${format.value(y[0])} to ${format.value(y[y.length - 1])}`);
  return [spec.title, ...told, drawnText(spec)].join('; ');
};

const drawnText = ({points, drawn}: RunCharts['loss']) =>
  (drawn < points ? `${format.count(drawn)} of ${format.count(points)} points drawn` : format.plural(points, 'point'));

const lossNote = (train: string | null, val: string | null): Note => (line, all) => {
  const a = all.get(train ?? ''), b = all.get(val ?? '');
  return line.key === val && a !== undefined && b !== undefined ? `gap ${format.value(b - a)}` : '';
};
const lrNote: Note = (line, all) => {
  const ideal = all.get(REFERENCE_KEY), own = [...all].find(([key]) => key !== REFERENCE_KEY)?.[1];
  return line.key !== REFERENCE_KEY && ideal && own !== undefined ? format.change(ideal, own) : '';
};

function Deviation({reference}: {reference: Reference | null}) {
  const most = reference?.observed?.max_relative;
  if (most === undefined || most === null) return null;
  const share = Number(most) * 100;
  return <>max deviation <b>{share < 0.01 ? '< 0.01' : format.value(share, 2)} %</b></>;
}

function openFinding(key: string) {
  change({finding: key}, 'replace');
  const card = document.getElementById(`finding-${key}`);
  card?.scrollIntoView({block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
  card?.focus({preventScroll: true});
}

function useFindingKeys(findings: Lettered[]) {
  const move = (by: number) => {
    if (!findings.length) return;
    const at = findings.findIndex((finding) => finding.key === view.value.finding);
    const next = at < 0 ? (by > 0 ? 0 : findings.length - 1) : (at + by + findings.length) % findings.length;
    openFinding(findings[next]!.key);
  };
  useKeys({
    '[': () => move(-1),
    ']': () => move(1),
    t: () => { dataOf.value = hover.value?.chart.replace('table', '') || 'loss'; },
    Escape: () => change({pin: null, finding: ''}),
  });
}
