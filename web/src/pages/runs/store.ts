// All runs, kept up to date; small curves for those in sight.
import {batch, signal} from '@preact/signals';
import {api, ApiError, isAbort} from '../../api/client.ts';
import {listen} from '../../api/live.ts';
import type {PointsEvent, Run} from '../../api/types.ts';
import {numberOf} from '../../logic/format.ts';
import {mainMetric} from '../../logic/runlist.ts';
import {connection, held, lastData, leaveStream, paused} from '../../state.ts';

const FIRST_PAGE = 100, PAGE = 500, RUNS_MAX = 5000, SPARK_POINTS = 40, SPARKS_AT_ONCE = 40, SPARK_QUIET_MS = 120, TAKE_GAP_MS = 400;

export type RunsStore = ReturnType<typeof openRuns>;

export function openRuns(onFirstRun: (id: string) => void) {
  const runs = signal<Run[] | null>(null);
  const total = signal(0);
  const error = signal<ApiError | null>(null);
  const sparks = signal<Map<string, number[]>>(new Map());
  const closing = new AbortController();
  let stop = () => {}, wasEmpty = false, away = false;

  async function load() {
    const all: Run[] = [];
    let cursor: string | null = null;
    try {
      do {
        const page = await api.runs({limit: all.length ? PAGE : FIRST_PAGE, cursor}, closing.signal);
        all.push(...page.runs);
        cursor = page.next;
        batch(() => {
          total.value = page.total;
          if (!runs.value || all.length >= runs.value.length || !cursor) runs.value = [...all];
          error.value = null;
        });
      } while (cursor && all.length < RUNS_MAX);
      if (wasEmpty && all.length) onFirstRun(all[0]!.id);
      wasEmpty = all.length === 0;
    } catch (problem) {
      if (!isAbort(problem)) error.value = problem as ApiError;
    }
  }

  function follow() {
    stop = listen({}, null, {
      points: (event) => { events.push(event); schedule(); },
      run: (event) => {
        lastData.value = Date.now();
        if ('deleted' in event) {
          runs.value = runs.value?.filter((run) => run.id !== event.id) ?? null;
          return;
        }
        const known = runs.value?.some((run) => run.id === event.id);
        if (!known) total.value++;
        runs.value = known ? runs.value!.map((run) => (run.id === event.id ? event : run)) : [event, ...(runs.value ?? [])];
        if (wasEmpty) { wasEmpty = false; onFirstRun(event.id); }
      },
      findings: (event) => {
        const counts = {error: 0, warning: 0, info: 0};
        event.findings.filter((f) => f.ongoing).forEach((f) => counts[f.severity]++);
        runs.value = runs.value?.map((run) => (run.id === event.run ? {...run, verdict: event.verdict, findings: counts} : run)) ?? null;
      },
      resync: () => void load(),
      connection: (state) => {
        connection.value = state;
        if (state.state === 'waiting') away = true;
        if (state.state === 'open' && (away || runs.value === null)) { away = false; void load(); }
      },
    });
  }

  // Points change the figures of a row, a few times in a second at most.
  let events: PointsEvent[] = [], timer = 0;
  function schedule() {
    lastData.value = Date.now();
    if (paused.value) held.value = events.length;
    else timer ||= window.setTimeout(take, TAKE_GAP_MS);
  }
  function take() {
    timer = 0;
    held.value = 0;
    const touched = new Map<string, PointsEvent[]>();
    for (const event of events) touched.set(event.run, [...(touched.get(event.run) ?? []), event]);
    events = [];
    const next = new Map(sparks.value);
    for (const id of touched.keys()) next.delete(id);
    batch(() => {
      runs.value = runs.value?.map((run) => touched.get(run.id)?.reduce(withPoints, run) ?? run) ?? null;
      sparks.value = next;
    });
    wantSparks(wanted);
  }

  let wanted: Run[] = [], sparkTimer = 0;
  function wantSparks(visible: Run[]) {
    wanted = visible;
    clearTimeout(sparkTimer);
    sparkTimer = window.setTimeout(() => void readSparks(), SPARK_QUIET_MS);
  }
  async function readSparks() {
    const missing = wanted.filter((run) => !sparks.value.has(run.id) && mainMetric(run)).slice(0, SPARKS_AT_ONCE);
    if (!missing.length) return;
    const metrics = [...new Set(missing.map((run) => mainMetric(run)!))];
    try {
      const answer = await api.series({runs: missing.map((run) => run.id).join(','), metrics: metrics.join(','), points: SPARK_POINTS}, closing.signal);
      const next = new Map(sparks.value);
      for (const run of missing) {
        const series = answer.series.find((one) => one.run === run.id && one.metric === mainMetric(run));
        next.set(run.id, (series?.value ?? []).map(numberOf));
      }
      sparks.value = next;
      if (wanted.some((run) => !next.has(run.id) && mainMetric(run))) wantSparks(wanted);
    } catch { /* a row without its small curve is still a row */ }
  }

  void load().then(() => { if (!closing.signal.aborted) follow(); });
  return {
    runs, total, error, sparks, wantSparks, load,
    replace: (run: Run) => { runs.value = runs.value?.map((one) => (one.id === run.id ? run : one)) ?? null; },
    close() {
      stop();
      leaveStream();
      closing.abort();
      clearTimeout(timer);
      clearTimeout(sparkTimer);
    },
  };
}

function withPoints(run: Run, event: PointsEvent): Run {
  const last = {...run.last};
  let step = run.last_step ?? 0;
  for (const {metric, x, value} of event.series ?? []) {
    const newest = Math.max(...x);
    for (const role of Object.keys(run.roles) as (keyof Run['roles'])[]) {
      if (run.roles[role] === metric && newest >= (run.last_step ?? 0)) last[role] = value[x.indexOf(newest)];
    }
    step = Math.max(step, newest);
  }
  return {...run, last, last_step: step, updated: new Date().toISOString()};
}
