// The groups, one row each: the mean of what their runs reached.
import {meanAndSpread} from '../../logic/compare/mean.ts';
import {decimalsFor, difference, fixed, numberOf, percent, plural} from '../../logic/format.ts';
import {LineToggle} from './Results.tsx';
import type {CompareStore} from './store.ts';

export function Groups({store, onHover}: {store: CompareStore; onHover: (group: string | null) => void}) {
  const comparison = store.comparison.value, groups = store.groups.value.filter(({runs}) => runs.length);
  if (!comparison || !groups.length) return null;
  const up = comparison.higher_is_better;
  const of = (ids: string[], what: 'final' | 'best') => meanAndSpread(comparison.runs.filter(({run}) => ids.includes(run)).map((run) => numberOf(run[what])));
  const base = numberOf(comparison.runs.find(({run}) => run === comparison.baseline)?.final);
  const rows = groups.map((group) => ({group, best: of(group.runs, 'best'), final: of(group.runs, 'final')}))
    .sort((a, b) => Number(!a.best.n) - Number(!b.best.n) || (up ? b.best.mean - a.best.mean : a.best.mean - b.best.mean));
  const decimals = decimalsFor(rows.flatMap(({best, final}) => [best.mean, final.mean]));
  const figure = ({mean, std, n}: ReturnType<typeof of>) => (n ? <>{fixed(mean, decimals)}<small>{n > 1 ? ` ± ${fixed(std, decimals)}` : ' one run'}</small></> : '–');
  return (
    <section class="card table-card" aria-labelledby="groups-title">
      <div class="card-head">
        <h2 id="groups-title">Groups</h2>
        <span class="hint">mean ± standard deviation over the runs, of their finite values</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Groups, scrollable" onPointerLeave={() => onHover(null)}>
        <table class="rows results groups">
          <thead><tr><th class="pick"><span class="sr">Line</span></th><th scope="col">Group</th>
            {['Runs', 'Best', 'Final', 'Δ baseline'].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>
            {rows.map(({group, best, final}) => {
              const delta = final.mean - base, better = up ? delta > 0 : delta < 0, same = Math.abs(delta) <= 0.01 * Math.abs(base);
              const word = !Number.isFinite(delta) ? '–' : same ? 'same' : better ? 'better' : 'worse';
              return (
                <tr key={group.id} onPointerEnter={() => onHover(group.id)}>
                  <td class="pick"><LineToggle id={group.id} name={group.label} look={group.look} /></td>
                  <th scope="row">{group.label}</th>
                  <td>{plural(group.runs.length, 'run')}{final.n < group.runs.length && <small> {final.n} finite</small>}</td>
                  <td>{figure(best)}</td>
                  <td>{figure(final)}</td>
                  <td class={`delta verdict-${word}`}>{Number.isFinite(delta) && `${difference(delta)} (${percent(delta / Math.abs(base))})`} <b>{word}</b></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
