// Everything the page of one run shows, read once and kept up to date by the live stream.
import {batch, effect, signal, untracked} from '@preact/signals';
import {api, ApiError, isAbort, sentence} from '../../api/client.ts';
import {listen} from '../../api/live.ts';
import type {Diagnosis, EpochTable, PointsEvent, Reference, Run} from '../../api/types.ts';
import type {Axis} from '../../logic/axis.ts';
import {pairAxis, stepAxis} from '../../logic/axis.ts';
import {mergeRows, tableQuery} from '../../logic/epochs.ts';
import type {LiveSeries, Trace} from '../../logic/series.ts';
import {append, joined, pointsFor, readTrace, usualHalfLife, xExtent} from '../../logic/series.ts';
import {connection, held, lastData, leaveStream, paused, view} from '../../state.ts';

const ZOOM_QUIET_MS = 120, REFERENCE_QUIET_MS = 800, RUN_QUIET_MS = 1000, HISTORY_QUIET_MS = 1500, REREAD_GAP_MS = 4000, EVENTS_GAP_MS = 1000, REGROW = 1.25;

export type RunStore = ReturnType<typeof openRun>;

// A call that waits for `quiet` milliseconds without another, and comes `gap` after the one before
// at the earliest.
function debounced(run: () => void, gap = 0) {
  let timer = 0, ran = -Infinity;
  return Object.assign((quiet: number) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => { ran = performance.now(); run(); }, Math.max(quiet, ran + gap - performance.now()));
  }, {cancel: () => clearTimeout(timer)});
}

export function openRun(id: string) {
  const run = signal<Run | null>(null);
  const diagnosis = signal<Diagnosis | null>(null);
  const reference = signal<Reference | null>(null);
  const table = signal<EpochTable | null>(null);
  const baseline = signal<Run | null>(null);
  const traces = signal<Map<string, Trace>>(new Map());
  const axis = signal<Axis>(stepAxis);
  const error = signal<ApiError | null>(null);
  const seriesError = signal('');

  let stop = () => {};
  let closing = new AbortController(), reading: AbortController | null = null;
  let whole: {asked: string; traces: Map<string, Trace>} | null = null;    // the charts without a zoom, while they are true
  let waiting: PointsEvent[] = [], news: {run?: Run; findings?: Diagnosis} = {}, lastFlush = -Infinity;

  // --- reading ---

  const namesOf = (of: Run | null) => (of?.metrics ?? []).map((m) => m.name);
  const metricNames = () => namesOf(run.value);
  const halfLifeOf = (of: Run | null) => {
    const chosen = view.value.halfLife;
    if (chosen !== null || !of) return chosen ?? 0;
    const name = of.roles.train_loss ?? of.metrics?.[0]?.name;
    const main = of.metrics?.find((m) => m.name === name);
    return main ? usualHalfLife(main.count, main.last_step - main.first_step) : 0;
  };
  const halfLife = () => halfLifeOf(run.value);

  const lookOf = (x: string) => `${x} ${view.value.halfLife}`;

  async function fetchSeries(of: Run) {
    const names = namesOf(of);
    if (!names.length) return null;
    reading?.abort();
    reading = new AbortController();
    const {signal: stopped} = reading;
    const {x, from, to} = view.value, mode = of.x === 'epoch' && x === 'epoch' ? 'step' : x;
    const query = {runs: id, metrics: names.join(','), from: from && Math.floor(from), to: to && Math.ceil(to), points: pointsFor(names.length), half_life: halfLifeOf(of) || undefined};
    const whole = {runs: id, metrics: of.roles.train_loss ?? names[0]!, points: 1000};
    const [answer, bySteps, byX] = await Promise.all([
      api.series({...query, x: mode}, stopped),
      mode === 'step' ? null : api.series({...whole, x: 'step'}, stopped),
      mode === 'step' ? null : api.series({...whole, x: mode}, stopped),
    ]);
    const [one, other] = [bySteps?.series[0], byX?.series[0]];
    return {
      cursor: answer.cursor,
      zoomed: from !== null || to !== null,
      asked: lookOf(x),
      traces: new Map(answer.series.map((series) => [series.metric, readTrace(series)])),
      axis: one && other ? pairAxis(mode, readTrace(one), readTrace(other)) : {...stepAxis, mode: x},
    };
  }

  function takeSeries(found: Awaited<ReturnType<typeof fetchSeries>>) {
    batch(() => {
      if (found) {
        traces.value = found.traces;
        if (!found.zoomed) whole = {asked: found.asked, traces: found.traces};
        axis.value = found.axis;
      }
      seriesError.value = '';
    });
  }

  const rereadSeries = debounced(() => {
    if (run.value) fetchSeries(run.value).then(takeSeries, (problem) => { if (!isAbort(problem)) seriesError.value = sentence(problem); });
  });
  const rereadReference = debounced(() => {
    api.schedule(id, closing.signal).then((answer) => { reference.value = answer; }, () => {});
  }, REREAD_GAP_MS);
  const rereadRun = debounced(() => {
    api.run(id, closing.signal).then((answer) => { run.value = answer; rereadSeries(0); }, () => {});
  });

  // The live stream does not carry when findings came and went.
  const rereadHistory = debounced(() => {
    api.findings(id, closing.signal).then((answer) => { diagnosis.value = answer; }, () => {});
  }, REREAD_GAP_MS);
  const refreshRun = debounced(() => {
    api.run(id, closing.signal).then((answer) => { run.value = answer; }, () => {});
  }, REREAD_GAP_MS);

  const readTable = (of: Run) => api.epochs(id, tableQuery(of), closing.signal);

  // All at once, so that the page appears in one piece.
  async function load() {
    stop();
    closing.abort();
    closing = new AbortController();
    const {signal: stopped} = closing;
    try {
      const theRun = await api.run(id, stopped);
      const [theDiagnosis, theReference, theTable, series] = await Promise.all(
        [api.findings(id, stopped), api.schedule(id, stopped), readTable(theRun), fetchSeries(theRun)]);
      batch(() => {
        run.value = theRun;
        diagnosis.value = theDiagnosis;
        reference.value = theReference;
        table.value = theTable;
        error.value = null;
        takeSeries(series);
      });
      if (!stopped.aborted) follow(series?.cursor ?? null);
    } catch (problem) {
      if (stopped.aborted || isAbort(problem)) return;
      const offline = problem instanceof ApiError && problem.status === 0;
      if (offline) follow(null);                 // comes back by itself
      if (!offline || !run.value) error.value = asApiError(problem);
    }
  }

  // --- following ---

  function follow(since: string | null) {
    let wasAway = run.value === null;
    stop = listen({run: id}, since, {
      points: (event) => {
        lastData.value = Date.now();
        waiting.push(event);
        arrived();
      },
      run: (event) => {
        if ('deleted' in event) error.value = new ApiError(404, 'deleted', 'This run was moved to the trash.');
        else { news.run = event; arrived(); }
      },
      findings: (event) => { news.findings = event; arrived(); },
      resync: () => void load(),
      connection: (state) => {
        connection.value = state;
        if (state.state === 'waiting') wasAway = wasAway || run.value === null;
        else if (state.state === 'open' && wasAway) { wasAway = false; void load(); }
      },
    });
  }

  // Whatever comes in a second is shown at once: a job that posts ten times in it has its charts
  // drawn once. What comes after a silence is shown with the next frame.
  let frame = 0;
  function arrived() {
    if (paused.value) { held.value = waiting.length; return; }
    if (frame) return;
    const wait = Math.max(0, lastFlush + EVENTS_GAP_MS - performance.now());
    frame = window.setTimeout(() => requestAnimationFrame(flush), wait);
  }

  function flush() {
    frame = 0;
    lastFlush = performance.now();
    const events = waiting, {run: newRun, findings} = news;
    waiting = [];
    news = {};
    held.value = 0;
    if (!run.value) return;
    batch(() => {
      if (newRun) run.value = {...run.value!, ...newRun, metrics: run.value!.metrics};
      if (findings) {
        diagnosis.value = {...findings, history: diagnosis.value?.history};
        rereadHistory(HISTORY_QUIET_MS);
      }
      if (events.some((event) => event.reload)) {
        rereadRun(0);
        readTable(run.value!).then((answer) => { table.value = answer; }, () => {});
      } else if (events.length) take(joined(events));
    });
    rereadReference(REFERENCE_QUIET_MS);
    if (events.length) refreshRun(RUN_QUIET_MS);
  }

  function take(series: LiveSeries[]) {
    const next = new Map(traces.value), known = new Set(metricNames());
    let last = run.value!.last_step ?? 0, changed = false;
    for (const {metric, x, value} of series) {
      last = Math.max(last, ...x);
      if (!known.has(metric)) { rereadRun(0); continue; }
      const trace = next.get(metric);
      if (!trace || axis.value.mode !== 'step' && !(axis.value.mode === 'epoch' && run.value!.x === 'epoch')) {
        rereadSeries(500);
        continue;
      }
      if (view.value.to !== null) continue;     // zoomed in: the view does not move
      const grown = append(trace, x, value, halfLife());
      next.set(metric, grown);
      changed = true;
      if (grown.x.length > REGROW * pointsFor(known.size)) rereadSeries(0);
    }
    if (changed) {
      traces.value = next;
      if (whole && view.value.from === null) whole.traces = next;
    }
    if (table.value) table.value = mergeRows(table.value, series);
    run.value = {...run.value!, last_step: last, last: lastByRole(run.value!, series)};
  }

  const stopPause = effect(() => {
    if (!paused.value && untracked(() => waiting.length || news.run || news.findings)) arrived();
  });
  // A range beyond what was read is drawn from the whole until the server answers.
  function drawWhole(x: string, from: number | null, to: number | null) {
    const [first, last] = xExtent([...traces.value.values()]) ?? [0, 0];
    const inside = from !== null && to !== null && axis.value.toX(from) >= first && axis.value.toX(to) <= last;
    if (!inside && whole?.asked === lookOf(x)) traces.value = whole.traces;
  }

  // A change of range, axis or smoothing asks the server; what is there stays until it answers.
  let asked = '';
  const stopView = effect(() => {
    const {x, from, to, halfLife: chosen} = view.value, wanted = JSON.stringify([x, from, to, chosen]);
    if (asked && asked !== wanted) untracked(() => {
      if (!run.value) return;
      drawWhole(x, from, to);
      rereadSeries(ZOOM_QUIET_MS);
    });
    asked = wanted;
  });
  const stopBaseline = effect(() => {
    const name = run.value?.baseline ?? null;
    untracked(() => {
      if (name === (baseline.value?.id ?? null)) return;
      baseline.value = null;
      if (name) api.run(name, closing.signal).then((answer) => { baseline.value = answer; }, () => {});
    });
  });

  void load();
  return {
    id, run, diagnosis, reference, table, baseline, traces, axis, error, seriesError, halfLife, load,
    refresh: () => rereadHistory(0),
    close() {
      stop();
      leaveStream();
      closing.abort();
      reading?.abort();
      clearTimeout(frame);
      for (const later of [rereadSeries, rereadReference, rereadHistory, rereadRun, refreshRun]) later.cancel();
      for (const end of [stopPause, stopView, stopBaseline]) end();
    },
  };
}

const asApiError = (problem: unknown) =>
  (problem instanceof ApiError ? problem : new ApiError(-1, 'error', sentence(problem)));

function lastByRole(run: Run, series: LiveSeries[]): Run['last'] {
  const last = {...run.last};
  for (const [role, name] of Object.entries(run.roles) as [keyof Run['last'], string | null][]) {
    const found = series.find((one) => one.metric === name);
    const newest = found && found.x.indexOf(Math.max(...found.x));
    if (found && found.x[newest!]! >= (run.last_step ?? 0)) last[role] = found.value[newest!];
  }
  return last;
}
