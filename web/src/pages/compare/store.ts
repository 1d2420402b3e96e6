// What the comparison shows, read again whenever the choice changes and kept up to date.
import {batch, computed, effect, signal, untracked} from '@preact/signals';
import {api, isAbort, sentence} from '../../api/client.ts';
import {listen} from '../../api/live.ts';
import type {Comparison, PointsEvent, Role, Run} from '../../api/types.ts';
import type {Axis} from '../../logic/axis.ts';
import {pairAxis, stepAxis} from '../../logic/axis.ts';
import type {Trace} from '../../logic/series.ts';
import {append, pointsFor, readTrace} from '../../logic/series.ts';
import {connection, held, lastData, leaveStream, paused, view} from '../../state.ts';

const QUIET_MS = 120, TAKE_GAP_MS = 400, RESULTS_QUIET_MS = 1000;

export type CompareStore = ReturnType<typeof openCompare>;

export function openCompare() {
  const runs = signal<Map<string, Run>>(new Map());
  const traces = signal<Map<string, Trace>>(new Map());     // by run
  const comparison = signal<Comparison | null>(null);
  const axis = signal<Axis>(stepAxis);
  const error = signal('');
  const unit = computed<'epoch' | 'step'>(() => ([...runs.value.values()].some((run) => run.x === 'step') ? 'step' : 'epoch'));
  const metrics = computed(() => [...new Set([...runs.value.values()].flatMap((run) => [
    ...Object.entries(run.roles).filter(([, name]) => name !== null).map(([role]) => role),
    ...(run.metrics ?? []).map((m) => m.name),
  ]))]);

  let stop = () => {}, reading = new AbortController(), timer = 0;

  // The metric asked for may be a role, which each run fills with a metric of its own.
  const metricOf = (run: Run | undefined) => {
    const wanted = view.value.metric || 'val_loss';
    return run?.roles[wanted as Role] ?? wanted;
  };

  async function load() {
    const {runs: ids, metric, base, x, from, to, halfLife} = view.value;
    reading.abort();
    reading = new AbortController();
    const {signal: stopped} = reading;
    if (!ids.length) return;
    try {
      const found = await Promise.all(ids.map((id) => runs.value.get(id) ?? api.run(id, stopped)));
      const known = new Map(found.map((run) => [run.id, run]));
      runs.value = known;
      const mode = x === 'epoch' && found.every((run) => run.x === 'epoch') ? 'step' : x;
      const query = {runs: ids.join(','), metrics: [...new Set(found.map(metricOf))].join(',')};
      const pair = mode === 'step' ? [] : ['step', mode].map((one) => api.series({...query, runs: ids[0], x: one, points: 1000}, stopped));
      const [results, answer, bySteps, byX] = await Promise.all([
        api.compare({runs: ids.join(','), metric, baseline: ids.includes(base) ? base : ''}, stopped),
        api.series({...query, x: mode, from, to, points: pointsFor(ids.length), half_life: halfLife || undefined}, stopped),
        ...pair,
      ]);
      batch(() => {
        comparison.value = results;
        traces.value = new Map(answer.series.filter((series) => series.metric === metricOf(known.get(series.run)))
          .map((series) => [series.run, readTrace(series)]));
        axis.value = bySteps?.series[0] && byX?.series[0]
          ? pairAxis(mode, readTrace(bySteps.series[0]), readTrace(byX.series[0])) : {...stepAxis, mode: x};
        error.value = '';
      });
      follow(ids, answer.cursor);
    } catch (problem) {
      if (!isAbort(problem)) error.value = sentence(problem);
    }
  }

  let followed = '';
  function follow(ids: string[], since: string) {
    if (followed === ids.join()) return;
    followed = ids.join();
    stop();
    stop = listen({run: ids.join(',')}, since, {
      points: (event) => { waiting.push(event); arrived(); },
      run: (event) => {
        if (!('deleted' in event)) runs.value = new Map(runs.value).set(event.id, {...event, metrics: runs.value.get(event.id)?.metrics});
      },
      resync: () => void load(),
      connection: (state) => { connection.value = state; },
    });
  }

  let waiting: PointsEvent[] = [], taking = 0, results = 0;
  function arrived() {
    lastData.value = Date.now();
    if (paused.value) held.value = waiting.length;
    else taking ||= window.setTimeout(take, TAKE_GAP_MS);
  }
  function take() {
    taking = 0;
    held.value = 0;
    const next = new Map(traces.value), events = waiting;
    waiting = [];
    const plain = axis.value.mode === 'step' && view.value.to === null;
    for (const {run, series = [], reload} of events) {
      const found = series.find((one) => one.metric === metricOf(runs.value.get(run))), trace = next.get(run);
      if (reload || !plain || !trace) later(QUIET_MS);
      else if (found) next.set(run, append(trace, found.x, found.value, view.value.halfLife ?? 0));
    }
    traces.value = next;
    clearTimeout(results);
    results = window.setTimeout(() => {
      const {runs: ids, metric, base} = view.value;
      api.compare({runs: ids.join(','), metric, baseline: ids.includes(base) ? base : ''}).then((answer) => { comparison.value = answer; }, () => {});
    }, RESULTS_QUIET_MS);
  }

  function later(quiet: number) {
    clearTimeout(timer);
    timer = window.setTimeout(() => void load(), quiet);
  }
  const stopPause = effect(() => { if (!paused.value && untracked(() => waiting.length)) arrived(); });
  let asked = '';
  const stopView = effect(() => {
    const {runs: ids, metric, base, x, from, to, halfLife} = view.value;
    const wanted = JSON.stringify([ids, metric, base, x, from, to, halfLife]);
    if (wanted !== asked) later(asked ? QUIET_MS : 0);
    asked = wanted;
  });

  return {
    runs, traces, comparison, axis, error, unit, metrics, load,
    close() {
      stop();
      leaveStream();
      reading.abort();
      for (const one of [timer, taking, results]) clearTimeout(one);
      stopPause();
      stopView();
    },
  };
}
