// What runs are grouped by, how wide the band is, and what they are held against.
import {useRef} from 'preact/hooks';
import {allButSeeds, groupings} from '../../logic/compare/params.ts';
import type {Band} from '../../logic/compare/settings.ts';
import {useKeys} from '../../keys.ts';
import {change, view} from '../../state.ts';
import {Check, Segmented} from '../../ui/controls.tsx';
import {nameOf} from './look.ts';
import {adjust, settings} from './settings.ts';
import type {CompareStore} from './store.ts';

const bands: {value: Band; label: string}[] = [
  {value: 'std', label: '± Std'}, {value: 'sem', label: '± Std error'}, {value: 'minmax', label: 'Min–max'},
];

export function GroupBar({store}: {store: CompareStore}) {
  const {group, band, diff} = settings.value, {runs: ids, base} = view.value, runs = store.runs.value;
  useKeys({
    b: () => adjust({diff: !diff}),
    v: () => { if (group.length) adjust({band: bands[(bands.findIndex((one) => one.value === band) + 1) % bands.length]!.value}); },
  });
  return (
    <div class="tools group-bar" role="toolbar" aria-label="Groups and baseline">
      <GroupMenu store={store} />
      {group.length > 0 && <Segmented label="Band" value={band} options={bands} onChange={(one) => adjust({band: one})} />}
      <label class="group">Baseline
        <select value={base} onChange={(event) => change({base: event.currentTarget.value}, 'push')}>
          <option value="">{`automatic${store.comparison.value?.baseline ? `: ${nameOf(runs, store.comparison.value.baseline)}` : ''}`}</option>
          {ids.map((id) => <option key={id} value={id}>{nameOf(runs, id)}</option>)}
        </select>
      </label>
      <Check label="Difference to it" checked={diff} onChange={(on) => adjust({diff: on})} />
    </div>
  );
}

// Parameters that differ first: only they make more than one group.
function GroupMenu({store}: {store: CompareStore}) {
  const box = useRef<HTMLDetailsElement>(null);
  const {group} = settings.value, runs = store.chosen.value;
  const all = groupings(runs).filter(({key, differs}) => differs || group.includes(key)), best = allButSeeds(runs);
  const set = (keys: string[]) => adjust({group: keys}, {hide: []});      // what was hidden is no more
  const close = (event: FocusEvent) => {
    if (box.current && !box.current.contains(event.relatedTarget as Node | null)) box.current.open = false;
  };
  const escape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !box.current?.open) return;
    box.current.open = false;
    box.current.querySelector('summary')!.focus();
    event.stopPropagation();
  };
  return (
    <details ref={box} class="menu" onFocusOut={close} onKeyDown={escape}>
      <summary class="button"><span class="muted">Group by</span> {group.length ? group.join(', ') : 'nothing'}</summary>
      <div class="menu-list" tabIndex={-1}>
        {all.map(({key}) => (
          <label key={key} class="check">
            <input type="checkbox" checked={group.includes(key)}
              onChange={(event) => set(event.currentTarget.checked ? [...group, key] : group.filter((one) => one !== key))} />
            {key}
          </label>
        ))}
        {!all.length && <p class="hint">The runs do not differ in any parameter, tag or project.</p>}
        {best.length > 0 && <button class="link" onClick={() => set(best)}>All parameters but seeds</button>}
        {group.length > 0 && <button class="link" onClick={() => set([])}>No groups</button>}
      </div>
    </details>
  );
}
