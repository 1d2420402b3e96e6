// What the comparison shows, read again whenever the choice changes and kept up to date.
import {batch, computed, effect, signal, untracked} from '@preact/signals';
import {api, isAbort, sentence} from '../../api/client.ts';
import {listen} from '../../api/live.ts';
import type {Comparison, Json, PointsEvent, Role, Run} from '../../api/types.ts';
import type {Axis} from '../../logic/axis.ts';
import {pairAxis, stepAxis} from '../../logic/axis.ts';
import type {MeanTrace} from '../../logic/compare/mean.ts';
import {readMean} from '../../logic/compare/mean.ts';
import {groupRuns, paramsOf} from '../../logic/compare/params.ts';
import {keeps} from '../../logic/compare/scale.ts';
import type {Trace} from '../../logic/series.ts';
import {append, pointsFor, readTrace} from '../../logic/series.ts';
import {connection, held, lastData, leaveStream, paused, view} from '../../state.ts';
import type {Look} from './look.ts';
import {BASELINE, lookOf} from './look.ts';
import {settings} from './settings.ts';

const QUIET_MS = 120, TAKE_GAP_MS = 400, RESULTS_QUIET_MS = 1000;

export type CompareStore = ReturnType<typeof openCompare>;

export function openCompare() {
  const runs = signal<Map<string, Run>>(new Map());
  const traces = signal<Map<string, Trace>>(new Map());     // by run
  const means = signal<Map<string, MeanTrace>>(new Map());  // by group
  const comparison = signal<Comparison | null>(null);
  const axis = signal<Axis>(stepAxis);
  const error = signal('');
  const unit = computed<'epoch' | 'step'>(() => ([...runs.value.values()].some((run) => run.x === 'step') ? 'step' : 'epoch'));
  const metrics = computed(() => [...new Set([...runs.value.values()].flatMap((run) => [
    ...Object.entries(run.roles).filter(([, name]) => name !== null).map(([role]) => role),
    ...(run.metrics ?? []).map((m) => m.name),
  ]))]);
  const chosen = computed(() => view.value.runs.flatMap((id) => runs.value.get(id) ?? []));
  const params = computed(() => paramsOf(chosen.value));

  // A parameter of a run, or with "@" its final or best value.
  const valueOf = (id: string, key: string): Json | undefined => {
    if (!key.startsWith('@')) return params.value.find((one) => one.key === key)?.values.get(id);
    const found = comparison.value?.runs.find(({run}) => run === id);
    return found?.[key === '@best' ? 'best' : 'final'] ?? undefined;
  };
  // Those that the brushes leave.
  const kept = computed(() => view.value.runs.filter((id) => settings.value.brush.every((brush) => keeps(brush, valueOf(id, brush.key)))));
  const groups = computed(() => {
    const all = groupRuns(chosen.value, settings.value.group), left = kept.value;
    return all.map((group, i) => ({...group, look: lookOf(i), runs: group.runs.filter((id) => left.includes(id))}));
  });
  // Drawn as such: the one that was chosen, or the one that the differences are to.
  const baseline = computed(() => (settings.value.diff ? comparison.value?.baseline ?? '' : view.value.base));
  const looks = computed(() => {
    const found = new Map<string, Look>(view.value.runs.map((id, i) => [id, lookOf(i)]));
    for (const group of groups.value) for (const id of group.runs) found.set(id, group.look);
    if (baseline.value) found.set(baseline.value, BASELINE);
    return found;
  });

  let stop = () => {}, reading = new AbortController(), timer = 0, loading = 0;

  // The metric asked for may be a role, which each run fills with a metric of its own.
  const wantedMetric = () => view.value.metric || 'val_loss';
  const metricOf = (run: Run | undefined) => run?.roles[wantedMetric() as Role] ?? wantedMetric();

  async function results(stopped?: AbortSignal) {
    const {runs: ids, metric, base} = view.value;
    const answer = await api.compare({runs: ids.join(','), metric, baseline: ids.includes(base) ? base : ''}, stopped);
    if (!stopped?.aborted) comparison.value = answer;
  }

  async function load() {
    const {runs: ids, x, from, to, halfLife, base} = view.value, {diff, band, group, brush} = settings.value;
    reading.abort();
    reading = new AbortController();
    const {signal: stopped} = reading;
    if (!ids.length) return;
    loading++;
    try {
      const found = await Promise.all(ids.map((id) => runs.value.get(id) ?? api.run(id, stopped)));
      runs.value = new Map(found.map((run) => [run.id, run]));
      const figures = results(stopped);
      // Which runs are drawn, and less which, may depend on the results.
      if (diff || brush.length) await figures;
      const mode = x === 'epoch' && found.every((run) => run.x === 'epoch') ? 'step' : x;
      const drawn = group.length ? groups.value.filter((one) => one.runs.length) : [];
      const names = (some: Run[]) => [...new Set(some.map(metricOf))].join(',');
      const query = {
        x: mode, from, to, half_life: halfLife || undefined,
        baseline: diff ? comparison.value?.baseline : undefined, metrics: names(found),
      };
      const single = group.length ? (ids.includes(base) ? [base] : ids.slice(0, 1)) : ids;
      const pair = mode === 'step' ? [] : ['step', mode].map((one) => api.series({metrics: query.metrics, runs: ids[0], x: one, points: 1000}, stopped));
      const [answer, ofGroups, , bySteps, byX] = await Promise.all([
        api.series({...query, runs: single.join(','), points: pointsFor(ids.length)}, stopped),
        Promise.all(drawn.map((one) => api.series({...query, runs: one.runs.join(','), metrics: wantedMetric(), agg: band, points: pointsFor(3 * drawn.length)}, stopped))),
        figures,
        ...pair,
      ]);
      batch(() => {
        traces.value = new Map(answer.series.filter((series) => series.metric === metricOf(runs.value.get(series.run)))
          .map((series) => [series.run, readTrace(series)]));
        means.value = new Map(drawn.flatMap(({id}, i) => ofGroups[i]!.series.slice(0, 1).map((series) => [id, readMean(series, id, band)] as const)));
        axis.value = bySteps?.series[0] && byX?.series[0]
          ? pairAxis(mode, readTrace(bySteps.series[0]), readTrace(byX.series[0])) : {...stepAxis, mode: x};
        error.value = '';
      });
      follow(ids, answer.cursor);
    } catch (problem) {
      if (!isAbort(problem)) error.value = sentence(problem);
    }
    loading--;
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

  let waiting: PointsEvent[] = [], taking = 0, resultsTimer = 0;
  function arrived() {
    lastData.value = Date.now();
    if (paused.value) held.value = waiting.length;
    else taking ||= window.setTimeout(take, TAKE_GAP_MS);
  }
  function take() {
    taking = 0;
    held.value = 0;
    const next = new Map(traces.value), events = waiting, {diff, group} = settings.value;
    waiting = [];
    // A mean or a difference is the server's to work out.
    const plain = axis.value.mode === 'step' && view.value.to === null && !diff && !group.length;
    for (const {run, series = [], reload} of events) {
      const found = series.find((one) => one.metric === metricOf(runs.value.get(run))), trace = next.get(run);
      if (reload || !plain || !trace) refresh();
      else if (found) next.set(run, append(trace, found.x, found.value, view.value.halfLife ?? 0));
    }
    traces.value = next;
    clearTimeout(resultsTimer);
    resultsTimer = window.setTimeout(() => results().catch(() => {}), RESULTS_QUIET_MS);
  }

  function later(quiet: number) {
    clearTimeout(timer);
    timer = window.setTimeout(() => void load(), quiet);
  }
  // For what came in: never over a reading that is under way, or a steady stream would end each.
  function refresh() {
    clearTimeout(timer);
    timer = window.setTimeout(() => (loading ? refresh() : void load()), QUIET_MS);
  }
  const stopPause = effect(() => { if (!paused.value && untracked(() => waiting.length)) arrived(); });
  let asked = '';
  const stopView = effect(() => {
    const {runs: ids, metric, base, x, from, to, halfLife} = view.value, {diff, group, band, brush} = settings.value;
    const wanted = JSON.stringify([ids, metric, base, x, from, to, halfLife, diff, group, group.length && [band, brush]]);
    if (wanted !== asked) later(asked ? QUIET_MS : 0);
    asked = wanted;
  });

  return {
    runs, traces, means, comparison, axis, error, unit, metrics, params, chosen, kept, groups, baseline, looks, valueOf, load,
    close() {
      stop();
      leaveStream();
      reading.abort();
      for (const one of [timer, taking, resultsTimer]) clearTimeout(one);
      stopPause();
      stopView();
    },
  };
}
