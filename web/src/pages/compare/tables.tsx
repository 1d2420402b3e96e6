// The results of the compared runs, and the parameters in which they differ.
import type {Comparison, ComparedRun, Run} from '../../api/types.ts';
import {count, decimalsFor, difference, fixed, json, numberOf, percent, plural, value, words} from '../../logic/format.ts';
import {change, view} from '../../state.ts';
import {Icon} from '../../ui/icons.tsx';
import {colorOf, isDashed, nameOf} from './look.ts';

interface Props {
  comparison: Comparison | null;
  runs: Map<string, Run>;
}

const verdicts: Record<ComparedRun['verdict'], string> = {
  baseline: 'baseline', better: 'better', worse: 'worse', same: 'same', unknown: '–',
};

export function Results({comparison, runs, onHover}: Props & {onHover: (run: string | null) => void}) {
  if (!comparison) return null;
  const {runs: ids, hide} = view.value, up = comparison.higher_is_better;
  const order = [...comparison.runs].sort((a, b) => {
    const x = numberOf(a.best), y = numberOf(b.best);
    if (!Number.isFinite(x) || !Number.isFinite(y)) return Number(!Number.isFinite(x)) - Number(!Number.isFinite(y));
    return up ? y - x : x - y;
  });
  const decimals = decimalsFor(order.flatMap((run) => [numberOf(run.final), numberOf(run.best)]));
  const toggle = (id: string) => change({hide: hide.includes(id) ? hide.filter((one) => one !== id) : [...hide, id]}, 'push');
  const row = (run: ComparedRun) => {
    const i = ids.indexOf(run.run), isBase = run.run === view.value.base;
    const color = isBase ? 8 : colorOf(i);
    return (
      <tr key={run.run} onPointerEnter={() => onHover(run.run)}>
        <td class="pick">
          <button class="line-toggle" aria-pressed={!hide.includes(run.run)} aria-label={`Draw ${nameOf(runs, run.run)}`} onClick={() => toggle(run.run)}>
            <svg viewBox="0 0 20 8" aria-hidden="true"><path d="M0 4h20" class={`stroke${color}`} stroke-dasharray={isBase || isDashed(i) ? '5 3' : undefined} /></svg>
          </button>
        </td>
        <th scope="row"><a href={`/run/${encodeURIComponent(run.run)}`}>{run.name || run.run}</a></th>
        <td>{fixed(run.best, decimals)}{run.best_step !== null && <small> @{count(run.best_step)}</small>}</td>
        <td>{fixed(run.final, decimals)}</td>
        <td>{value(run.area)}</td>
        <td>{run.last_step === null ? '–' : count(run.last_step)}</td>
        <td>{run.delta === null || run.verdict === 'baseline' ? '–' : difference(numberOf(run.delta))}</td>
        <td>{run.delta_percent === null || run.verdict === 'baseline' ? '–' : percent(numberOf(run.delta_percent) / 100)}</td>
        <td class={`verdict-${run.verdict}`}>{verdicts[run.verdict]}</td>
        <td class="row-actions">
          <button class="link" disabled={isBase} onClick={() => change({base: run.run}, 'push')}>{isBase ? 'Baseline' : 'Set baseline'}</button>
          <button class="icon-button small" aria-label={`Take ${nameOf(runs, run.run)} out`} title="Take out"
            onClick={() => change({runs: ids.filter((id) => id !== run.run), hide: hide.filter((id) => id !== run.run)}, 'push')}><Icon name="close" /></button>
        </td>
      </tr>
    );
  };
  const heads = ['Best', 'Final', 'Mean', 'Last', 'Δ baseline', 'Δ %', 'Verdict'];
  return (
    <section class="card table-card" aria-labelledby="results-title">
      <div class="card-head">
        <h2 id="results-title">Results</h2>
        <span class="hint">{words(comparison.metric)}, {up ? 'higher' : 'lower'} is better; mean is the area under the curve over its width</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Results, scrollable" onPointerLeave={() => onHover(null)}>
        <table class="rows results">
          <thead>
            <tr>
              <th class="pick"><span class="sr">Line</span></th><th scope="col">Run</th>
              {heads.map((head) => <th key={head} scope="col">{head}</th>)}
              <th><span class="sr">Actions</span></th>
            </tr>
          </thead>
          <tbody>{order.map(row)}</tbody>
        </table>
      </div>
    </section>
  );
}

export function Differences({comparison, runs}: Props) {
  if (!comparison) return null;
  const ids = view.value.runs.filter((id) => runs.has(id)), differences = comparison.config_differences;
  return (
    <section class="card table-card" aria-labelledby="differences-title">
      <div class="card-head">
        <h2 id="differences-title">Parameters</h2>
        <span class="hint">{differences.length ? `${plural(differences.length, 'parameter')} differ${differences.length === 1 ? 's' : ''}, the rest is the same in all` : 'the runs do not differ in any parameter they tell'}</span>
      </div>
      {differences.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Parameters, scrollable">
          <table class="rows differences">
            <thead><tr><th scope="col">Parameter</th>{ids.map((id) => <th key={id} scope="col" title={id}>{nameOf(runs, id)}</th>)}</tr></thead>
            <tbody>
              {differences.map(({key, values}) => (
                <tr key={key}><th scope="row">{key}</th>{ids.map((id) => <td key={id}>{json(values[id])}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
