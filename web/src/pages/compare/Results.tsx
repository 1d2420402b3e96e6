// The results of the compared runs, one row each, sorted by any column.
import type {ComparedRun} from '../../api/types.ts';
import type {Row} from '../../logic/compare/results.ts';
import {asText, columns, deltaText, nextSort, rowsOf, sortRows, usualSort} from '../../logic/compare/results.ts';
import {csv, markdown} from '../../logic/compare/text.ts';
import {count, decimalsFor, duration, fixed, numberOf, value, words} from '../../logic/format.ts';
import {change, copy, view} from '../../state.ts';
import {Icon} from '../../ui/icons.tsx';
import type {Look} from './look.ts';
import {BASELINE, lookOf, nameOf} from './look.ts';
import {adjust, settings} from './settings.ts';
import type {CompareStore} from './store.ts';

const verdicts: Record<ComparedRun['verdict'], string> = {
  baseline: 'baseline', better: 'better', worse: 'worse', same: 'same', unknown: '–',
};

// As ui/run.tsx draws them: taking it from there would move that into what every page loads first.
const severities = [['error', 'crit', '■'], ['warning', 'warn', '▲'], ['info', 'info', '●']] as const;

function Found({findings}: Pick<Row, 'findings'>) {
  const present = severities.filter(([severity]) => findings[severity] > 0);
  return present.length ? <>{present.map(([severity, look, shape]) => (
    <span key={severity} class={`count ${look}`}><span aria-hidden="true">{shape}</span>{findings[severity]}<span class="sr"> {severity}</span></span>
  ))}</> : <span class="muted">–</span>;
}

export function LineMark({look}: {look: Look}) {
  return <svg viewBox="0 0 20 8" aria-hidden="true"><path d="M0 4h20" class={`stroke${look.color}`} stroke-dasharray={look.dash.join(' ') || undefined} /></svg>;
}

export function LineToggle({id, name, look}: {id: string; name: string; look: Look}) {
  const {hide} = view.value, hidden = hide.includes(id);
  return (
    <button class="line-toggle" aria-pressed={!hidden} aria-label={`Draw ${name}`}
      onClick={() => change({hide: hidden ? hide.filter((one) => one !== id) : [...hide, id]}, 'push')}><LineMark look={look} /></button>
  );
}

export function Results({store, onHover}: {store: CompareStore; onHover: (run: string | null) => void}) {
  const comparison = store.comparison.value;
  if (!comparison) return null;
  const {sort, all, group} = settings.value, up = comparison.higher_is_better, sorted = sort || usualSort('best', up);
  const rows = sortRows(rowsOf(comparison, store.runs.value, store.kept.value), sorted);
  const decimals = decimalsFor(rows.flatMap(({figures}) => [numberOf(figures.final), numberOf(figures.best)]));
  const text = (write: typeof csv) => {
    const {head, cells} = asText(comparison.metric, rows, store.params.value.filter(({differs}) => all || differs));
    return write(head, cells);
  };
  return (
    <section class="card table-card" aria-labelledby="results-title">
      <div class="card-head">
        <h2 id="results-title">Results</h2>
        <span class="hint">{words(comparison.metric)}, {up ? 'higher' : 'lower'} is better; mean is the area under the curve over its width</span>
        <span class="space" />
        <button class="button small" onClick={() => void copy(text(markdown), 'Copied as Markdown')}><Icon name="copy" />Markdown</button>
        <button class="button small" onClick={() => void copy(text(csv), 'Copied as CSV')}><Icon name="copy" />CSV</button>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Results, scrollable" onPointerLeave={() => onHover(null)}>
        <table class="rows results">
          <thead>
            <tr>
              <th class="pick"><span class="sr">Line</span></th>
              {columns.map(({key, label}) => (
                <th key={key} scope="col" class={key === 'findings' ? 'found' : undefined} aria-sort={sorted === key ? 'ascending' : sorted === `-${key}` ? 'descending' : undefined}>
                  <button onClick={() => adjust({sort: nextSort(sorted, key, up)})}>{label}
                    <span class="direction" aria-hidden="true">{sorted === key ? ' ↑' : sorted === `-${key}` ? ' ↓' : ''}</span></button>
                </th>
              ))}
              <th><span class="sr">Actions</span></th>
            </tr>
          </thead>
          <tbody>{rows.map((row) => <ResultRow key={row.run} row={row} store={store} decimals={decimals} grouped={group.length > 0} onHover={onHover} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  row: Row;
  store: CompareStore;
  decimals: number;
  grouped: boolean;
  onHover: (run: string | null) => void;
}

function ResultRow({row: {run, name, figures: f, findings}, store, decimals, grouped, onHover}: RowProps) {
  const {runs: ids, hide, base} = view.value, isBase = f.verdict === 'baseline';
  const look = store.looks.value.get(run) ?? lookOf(0);
  const group = grouped ? store.groups.value.find((one) => one.runs.includes(run)) : undefined;
  return (
    <tr onPointerEnter={() => onHover(group?.id ?? run)}>
      <td class="pick">{group && look !== BASELINE ? <span class="line-toggle" title={group.label}><LineMark look={look} /></span> : <LineToggle id={run} name={nameOf(store.runs.value, run)} look={look} />}</td>
      <th scope="row"><a href={`/run/${encodeURIComponent(run)}`}>{name}</a></th>
      <td>{fixed(f.best, decimals)}{f.best_step !== null && <small> @{count(f.best_step)}</small>}</td>
      <td>{fixed(f.final, decimals)}</td>
      <td>{value(f.area)}</td>
      <td>{f.last_step === null ? '–' : count(f.last_step)}</td>
      <td>{f.duration_s === null ? '–' : duration(numberOf(f.duration_s))}</td>
      <td class="found"><Found findings={findings} /></td>
      <td class={`delta verdict-${f.verdict}`}>{isBase ? '' : deltaText(f)} <b>{verdicts[f.verdict]}</b></td>
      <td class="row-actions">
        <button class="link" disabled={run === base} onClick={() => change({base: run}, 'push')}>{run === base ? 'Baseline' : 'Set baseline'}</button>
        <button class="icon-button small" aria-label={`Take ${name} out`} title="Take out"
          onClick={() => change({runs: ids.filter((id) => id !== run), hide: hide.filter((id) => id !== run)}, 'push')}><Icon name="close" /></button>
      </td>
    </tr>
  );
}
