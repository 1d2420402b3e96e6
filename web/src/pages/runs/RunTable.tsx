// The rows of the run list.
import type {Run} from '../../api/types.ts';
import {ago, count, dateTime, numberOf, padded, value} from '../../logic/format.ts';
import {columns, nextSort, sparkPath, usualSort} from '../../logic/runlist.ts';
import {change, now, view} from '../../state.ts';
import {FindingCounts, StatusPill, VerdictBadge} from '../../ui/run.tsx';
import {Windowed} from '../../ui/Windowed.tsx';

const ROW_HEIGHT = 36, SPARK = {width: 84, height: 22};

interface Props {
  runs: Run[];
  sparks: Map<string, number[]>;
  onVisible: (runs: Run[]) => void;
}

export function RunTable({runs, sparks, onVisible}: Props) {
  const {runs: chosen, sort} = view.value;
  const order = sort || usualSort;
  const toggle = (id: string) =>
    change({runs: chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]}, 'push');
  const lowest = Math.min(...runs.map((run) => numberOf(run.best.val_loss?.value)).filter(Number.isFinite));
  const head = (
    <thead>
      <tr>
        <th class="pick"><span class="sr">Choose</span></th>
        {columns.map(({key, label, number}) => {
          const direction = order === key ? 'ascending' : order === `-${key}` ? 'descending' : 'none';
          return (
            <th key={key} scope="col" class={`${number && key !== 'verdict' ? 'number' : ''} column-${key.replace('.', '-')}`} aria-sort={direction}>
              <button onClick={() => change({sort: nextSort(sort, key)}, 'push')}>
                {label}<span aria-hidden="true" class="direction">{direction === 'ascending' ? ' ↑' : direction === 'descending' ? ' ↓' : ''}</span>
              </button>
            </th>
          );
        })}
        <th scope="col" class="column-findings">Findings</th>
        <th scope="col" class="column-trend">Trend</th>
      </tr>
    </thead>
  );
  const row = (i: number) => {
    const run = runs[i]!, picked = chosen.includes(run.id), best = run.best.val_loss;
    const created = Date.parse(run.created), updated = Date.parse(run.updated);
    return (
      <tr key={run.id} class={picked ? 'at' : ''} aria-rowindex={i + 2}>
        <td class="pick"><label><input type="checkbox" checked={picked} aria-label={`Choose ${run.name || run.id}`} onChange={() => toggle(run.id)} /></label></td>
        <th scope="row" class="column-name">
          <a href={`/run/${encodeURIComponent(run.id)}`}>{run.name || run.id}</a>
          {run.project && <span class="project">{run.project}</span>}
        </th>
        <td class="column-status"><StatusPill status={run.status} /></td>
        <td class="column-verdict"><VerdictBadge verdict={run.verdict} /></td>
        <td class={`number column-best-val_loss${numberOf(best?.value) === lowest ? ' winner' : ''}`}>
          {padded(best?.value)}{best && <small> @{count(best.step)}</small>}
        </td>
        <td class="number column-last-val_loss">{padded(run.last.val_loss)}</td>
        <td class="number column-last-train_loss">{padded(run.last.train_loss)}</td>
        <td class="number column-last-lr">{value(run.last.lr, 3)}</td>
        <td class="number column-epoch">{run.last_step === null ? '–' : count(run.last_step)}{run.epochs && run.x === 'epoch' ? <small>/{count(run.epochs)}</small> : ''}</td>
        <td class="number muted column-updated" title={dateTime(updated)}>{ago(updated, now.value)}</td>
        <td class="number muted column-created" title={dateTime(created)}>{ago(created, now.value)}</td>
        <td class="column-findings"><FindingCounts counts={run.findings} /></td>
        <td class="column-trend"><Spark values={sparks.get(run.id) ?? []} /></td>
      </tr>
    );
  };
  return (
    <Windowed label="Runs, scrollable" className="rows runs" columns={columns.length + 3} count={runs.length} rowHeight={ROW_HEIGHT}
      head={head} row={row} onRange={(first, end) => onVisible(runs.slice(first, end))} />
  );
}

function Spark({values}: {values: number[]}) {
  return (
    <svg class="spark" viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} width={SPARK.width} height={SPARK.height} aria-hidden="true">
      <path d={sparkPath(values, SPARK.width, SPARK.height)} />
    </svg>
  );
}
