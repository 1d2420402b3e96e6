// All runs: which are running, which are good, which need a look.
import {useEffect, useMemo, useState} from 'preact/hooks';
import {api, sentence} from '../../api/client.ts';
import type {Run} from '../../api/types.ts';
import {plural} from '../../logic/format.ts';
import {matches, sortRuns, usualSort} from '../../logic/runlist.ts';
import {moveTo, viewAddress} from '../../logic/view.ts';
import {change, show, toast, view} from '../../state.ts';
import {useKeys} from '../../keys.ts';
import {Icon} from '../../ui/icons.tsx';
import {trashWithUndo} from '../../ui/run.tsx';
import {Shell} from '../../ui/Shell.tsx';
import {EmptyState} from './EmptyState.tsx';
import {RunTable} from './RunTable.tsx';
import type {RunsStore} from './store.ts';
import {openRuns} from './store.ts';

export function RunsPage() {
  const [store, setStore] = useState<RunsStore | null>(null);
  useEffect(() => {
    const opened = openRuns((id) => show(moveTo(view.value, 'run', {id})));
    setStore(opened);
    return () => opened.close();
  }, []);
  const runs = store?.runs.value ?? null, error = store?.error.value;
  return (
    <Shell title="Runs" crumbs={<b>Runs</b>}>
      {error && <p class="problem" role="alert">{error.message} <button class="link" onClick={() => void store!.load()}>Retry</button></p>}
      {runs && store && (runs.length ? <List store={store} runs={runs} /> : <EmptyState />)}
      {!runs && !error && <div class="skeleton" aria-label="Loading" />}
    </Shell>
  );
}

function List({store, runs}: {store: RunsStore; runs: Run[]}) {
  const {q, project, status, sort, runs: chosen} = view.value;
  const shown = useMemo(() => sortRuns(runs.filter((run) => matches(run, q, project, status)), sort || usualSort),
    [runs, q, project, status, sort]);
  const projects = useMemo(() => [...new Set(runs.flatMap((run) => run.project || []))].sort(), [runs]);
  const running = runs.filter((run) => run.status === 'running').length;
  const compare = () => { if (chosen.length > 1) show(moveTo(view.value, 'compare', {runs: chosen})); };
  useKeys({c: compare, Escape: () => change({runs: []}, 'push')});
  const filtered = q || project || status;
  return (
    <>
      <div class="list-head">
        <h1>Runs</h1>
        <label class="group">Project
          <select value={project} onChange={(event) => change({project: event.currentTarget.value}, 'push')}>
            <option value="">all</option>
            {projects.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <label class="group">State
          <select value={status} onChange={(event) => change({status: event.currentTarget.value}, 'push')}>
            <option value="">all</option>
            {['running', 'finished', 'failed'].map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <span class="space" />
        <span class="hint" role="status">
          {filtered ? `${plural(shown.length, 'run')} of ${runs.length}` : plural(store.total.value, 'run')} · {running} running
          {store.total.value > runs.length && ` · newest ${runs.length} loaded`}
        </span>
      </div>
      {chosen.length > 0 && <Selection store={store} runs={runs} onCompare={compare} />}
      {shown.length > 0 ? (
        <section class="card table-card list-card" aria-label="All runs">
          <RunTable runs={shown} sparks={store.sparks.value} onVisible={store.wantSparks} />
        </section>
      ) : (
        <section class="empty">
          <h2>No run matches</h2>
          <p>{plural(runs.length, 'run')} without this filter.</p>
          <button class="button" onClick={() => change({q: '', project: '', status: ''}, 'push')}>Clear the filter</button>
        </section>
      )}
    </>
  );
}

function Selection({store, runs, onCompare}: {store: RunsStore; runs: Run[]; onCompare: () => void}) {
  const chosen = view.value.runs, known = runs.filter((run) => chosen.includes(run.id));
  const trash = () => {
    change({runs: []}, 'replace');
    for (const run of known) void trashWithUndo(run, () => void store.load(), () => void store.load());
  };
  const baseline = (event: Event) => {
    const id = (event.currentTarget as HTMLSelectElement).value;
    if (!id) return;
    const others = known.filter((run) => run.id !== id);
    Promise.all(others.map((run) => api.patch(run.id, {baseline: id}).then(store.replace)))
      .then(() => toast(`${plural(others.length, 'run')} compared with ${id} from now on`), (problem) => toast(sentence(problem)));
  };
  return (
    <div class="selection-bar" role="toolbar" aria-label="Chosen runs">
      <b>{chosen.length} chosen</b>
      {chosen.length > 1
        ? <a class="button primary" href={viewAddress(moveTo(view.value, 'compare', {runs: chosen}))} onClick={(event) => { event.preventDefault(); onCompare(); }}><Icon name="compare" />Compare</a>
        : <span class="hint">choose another to compare</span>}
      {known.length > 1 && (
        <label class="button select"><Icon name="pin" /><span>Baseline</span>
          <select value="" onChange={baseline}>
            <option value="">choose</option>
            {known.map((run) => <option key={run.id} value={run.id}>{run.name || run.id}</option>)}
          </select>
        </label>
      )}
      {known.length > 0 && <button class="button" onClick={trash}><Icon name="trash" />Delete</button>}
      <button class="link" onClick={() => change({runs: []}, 'push')}>Clear</button>
    </div>
  );
}
