// The schedule declared on a run: at once, or as a line for the shell.
import {useEffect, useState} from 'preact/hooks';
import {api, sentence} from '../../api/client.ts';
import type {Run, Spec} from '../../api/types.ts';
import {declareLine} from '../../logic/lanes.ts';
import {moveTo} from '../../logic/view.ts';
import {change, show, toast, view} from '../../state.ts';
import {Code} from '../../ui/controls.tsx';

const RUNS_MAX = 200;

export function UseCard({spec}: {spec: Spec}) {
  const [runs, setRuns] = useState<Run[]>([]);
  useEffect(() => { api.runs({limit: RUNS_MAX}).then((page) => setRuns(page.runs), () => {}); }, []);
  const id = view.value.run, known = runs.some((run) => run.id === id);
  const declare = () => api.patch(id, {schedule: spec}).then(
    () => toast(`Declared on ${id}`, {label: 'Open the run', run: () => show(moveTo(view.value, 'run', {id}))}),
    (problem) => toast(sentence(problem)));
  return (
    <section class="card" aria-labelledby="use-title">
      <div class="rail-head use-head">
        <h2 id="use-title">Declare it on a run</h2>
        <span class="hint">its learning rate is then held against this</span>
        <span class="space" />
        <label class="group">
          <span class="sr">Run</span>
          <select value={id} onChange={(event) => change({run: event.currentTarget.value}, 'push')}>
            <option value="">{runs.length ? 'choose a run' : 'no run yet'}</option>
            {id && !known && <option value={id}>{id}</option>}
            {runs.map((run) => <option key={run.id} value={run.id}>{run.name || run.id}</option>)}
          </select>
        </label>
        <button class="button small" disabled={!id} onClick={() => void declare()}>Declare</button>
      </div>
      <Code text={declareLine(location.origin, id || 'RUN', spec)} label="Command" />
    </section>
  );
}
