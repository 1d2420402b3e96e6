// The parameters in which the runs differ, or all of them.
import {json, plural} from '../../logic/format.ts';
import {Check} from '../../ui/controls.tsx';
import {nameOf} from './look.ts';
import {adjust, settings} from './settings.ts';
import type {CompareStore} from './store.ts';

export function Parameters({store}: {store: CompareStore}) {
  const {all} = settings.value, runs = store.runs.value, ids = store.kept.value.filter((id) => runs.has(id));
  const params = store.params.value, differ = params.filter(({differs}) => differs), shown = all ? params : differ;
  const same = params.length - differ.length;
  const none = store.chosen.value.filter(({config}) => !config || !Object.keys(config).length).length;
  return (
    <section class="card table-card" aria-labelledby="differences-title">
      <div class="card-head">
        <h2 id="differences-title">Parameters</h2>
        <span class="hint">
          {differ.length ? `${plural(differ.length, 'parameter')} differ${differ.length === 1 ? 's' : ''}, ${same ? `${same} the same in all` : 'none is the same in all'}`
            : 'the runs do not differ in any parameter they tell'}{none > 0 && ` · ${plural(none, 'run')} without parameters`}
        </span>
        <span class="space" />
        {same > 0 && <Check label="All parameters" checked={all} onChange={(on) => adjust({all: on})} />}
      </div>
      {shown.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Parameters, scrollable">
          <table class="rows differences">
            <thead><tr><th scope="col">Parameter</th>{ids.map((id) => <th key={id} scope="col" title={id}>{nameOf(runs, id)}</th>)}</tr></thead>
            <tbody>
              {shown.map(({key, values, differs}) => (
                <tr key={key} class={differs ? undefined : 'alike'}><th scope="row">{key}</th>{ids.map((id) => <td key={id} title={json(values.get(id))}>{json(values.get(id))}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
