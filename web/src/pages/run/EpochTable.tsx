// Epoch | Training loss | Validation loss | Learning rate, newest first, tied to the crosshair.
import {csvAddress} from '../../api/client.ts';
import type {Run} from '../../api/types.ts';
import {hover} from '../../chart/cursor.ts';
import type {Axis} from '../../logic/axis.ts';
import type {Row} from '../../logic/epochs.ts';
import type {Lettered} from '../../logic/findings.ts';
import {severityClass, within} from '../../logic/findings.ts';
import {count, decimalsFor, fixed, numberOf, plural, rate} from '../../logic/format.ts';
import {change, view} from '../../state.ts';
import {Icon} from '../../ui/icons.tsx';
import {Windowed} from '../../ui/Windowed.tsx';

const ROW_HEIGHT = 27;

interface Props {
  run: Run;
  rows: Row[];
  findings: Lettered[];
  axis: Axis;
}

export function EpochTable({run, rows, findings, axis}: Props) {
  const unit = run.x, name = unit === 'epoch' ? 'Epoch' : 'Step';
  const total = Math.max(rows.length, ...(run.metrics ?? []).map((m) => m.count));
  const column = (pick: (row: Row) => number) => decimalsFor(rows.slice(0, 300).map(pick));
  const decimals = Math.max(column((row) => numberOf(row.cells.train_loss)), column((row) => numberOf(row.cells.val_loss)));
  const best = run.best.val_loss?.step;
  const pin = view.value.pin;
  const at = hover.value ? Math.round(axis.toStep(hover.value.x)) : pin;

  const row = (i: number) => {
    const {x, cells, gap} = rows[i]!;
    const marks = within(findings, x, x);
    const isBest = x === best;
    return (
      <tr key={x} class={`${isBest ? 'best' : ''}${x === at ? ' at' : ''}`} aria-rowindex={i + 2}
        onPointerEnter={() => { hover.value = {x: axis.toX(x), y: null, chart: 'table'}; }} onClick={() => change({pin: pin === x ? null : x}, 'push')}>
        <th scope="row">{count(x)}{isBest && <span class="star">★ best</span>}</th>
        <td>{fixed(cells.train_loss, decimals)}</td>
        <td>{fixed(cells.val_loss, decimals)}</td>
        <td>{rate(cells.lr)}</td>
        <td class="muted">{Number.isFinite(gap) ? fixed(gap, decimals) : '–'}</td>
        <td>
          {marks.map((mark) => (
            <span key={mark.key} class={`letter ${severityClass[mark.severity]}`} title={mark.title}>{mark.letter}</span>
          ))}
        </td>
      </tr>
    );
  };
  const heads = [name, 'Training loss', 'Validation loss', 'Learning rate', 'Gap', 'Findings'];
  return (
    <section class="card table-card" aria-labelledby="epochs-title">
      <div class="card-head">
        <h2 id="epochs-title">{name}s</h2>
        <span class="hint">
          {rows.length < total ? `newest ${count(rows.length)} of ${plural(total, 'row')}`
            : run.epochs && unit === 'epoch' ? `${count(rows.length)} of ${count(run.epochs)}` : plural(rows.length, 'row')}
        </span>
        <span class="space" />
        <a class="button small" href={csvAddress(run.id)} download={`${run.id}.csv`}><Icon name="download" />CSV</a>
      </div>
      <div onPointerLeave={() => { hover.value = null; }}>
        <Windowed label={`${name} table, scrollable`} className="rows epochs" columns={heads.length} count={rows.length} rowHeight={ROW_HEIGHT} row={row}
          head={<thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>} />
      </div>
    </section>
  );
}
