// Several runs over each other: one metric, alone or in groups, the results, and how they hang on
// the parameters.
import {useEffect, useState} from 'preact/hooks';
import type {Run} from '../../api/types.ts';
import {api} from '../../api/client.ts';
import {hover} from '../../chart/cursor.ts';
import {plural} from '../../logic/format.ts';
import {change, view} from '../../state.ts';
import {Icon} from '../../ui/icons.tsx';
import {Shell} from '../../ui/Shell.tsx';
import {Curves} from './Curves.tsx';
import {GroupBar} from './GroupBar.tsx';
import {Groups} from './Groups.tsx';
import {Parallel} from './Parallel.tsx';
import {Parameters} from './Parameters.tsx';
import {Results} from './Results.tsx';
import {Scatter} from './Scatter.tsx';
import {settings} from './settings.ts';
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
  const [single, showSingle] = useState<string | null>(null);    // the run or group whose row is under the pointer
  if (!store.comparison.value) return store.error.value ? null : <div class="skeleton" aria-label="Loading" />;
  return (
    <>
      <GroupBar store={store} />
      <Curves store={store} single={single} />
      {settings.value.group.length > 0 && <Groups store={store} onHover={showSingle} />}
      <Results store={store} onHover={showSingle} />
      {view.value.runs.length > 1 && (
        <div class="against">
          <Scatter store={store} />
          <Parallel store={store} />
        </div>
      )}
      <Parameters store={store} />
    </>
  );
}
