// What a chart shows, as a table: at most 200 rows of it, with a way to all points. Loaded when it is
// first asked for.
import {useEffect, useRef} from 'preact/hooks';
import {count, padded, plural} from '../logic/format.ts';
import {sampled} from '../logic/sample.ts';
import {Icon} from '../ui/icons.tsx';
import type {ChartProps} from './ChartCard.tsx';
import {placeText} from './Crosshair.tsx';
import {dataOf} from './cursor.ts';
import {savePicture} from './picture.ts';

const ROWS_MAX = 200;

export function ChartData(props: ChartProps) {
  const {spec, x, axis, unit, csv} = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const from = document.activeElement;
    dialog.current!.showModal();
    return () => { if (from instanceof HTMLElement) from.focus(); };
  }, []);
  const close = () => dialog.current!.close();
  const columns = spec.lines.filter((line) => line.kind !== 'raw' && line.x.length);
  const metrics = [...new Set(columns.filter((line) => line.kind === 'main').map((line) => line.key))];
  const {rows, total} = sampled(columns, spec.bad, x, ROWS_MAX);
  const place = (at: number) => (props.place?.(at) ?? placeText(axis, at, unit)).main.replace(/^(step|epoch) /, '');
  return (
    <dialog ref={dialog} class="dialog data" aria-labelledby="data-title" onClose={() => { dataOf.value = ''; }}
      onClick={(event) => { if (event.target === dialog.current) close(); }}>
      <div class="card-head">
        <h2 id="data-title">{spec.title}</h2>
        <span class="hint">{rows.length < total ? `${count(rows.length)} of ${plural(total, 'row')}` : plural(total, 'row')}{spec.envelopes.length > 0 && `, thinned from ${plural(spec.points, 'point')}: nearest values`}</span>
        <span class="space" />
        {csv && <a class="button small" href={csv(metrics)} download><Icon name="download" />CSV, all points</a>}
        <button class="button small" onClick={() => savePicture(props)}><Icon name="download" />PNG</button>
        <button class="icon-button" aria-label="Close" onClick={close}><Icon name="close" /></button>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${spec.title}, table`}>
        <table class="rows">
          <thead><tr><th scope="col">{axis.mode === 'step' ? unit : axis.mode}</th>{columns.map((line) => <th scope="col" key={line.key + line.label}>{line.label}</th>)}{spec.bad.length > 0 && <th scope="col">not finite</th>}</tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.x}>
                <th scope="row">{place(row.x)}</th>
                {columns.map((line, c) => <td key={line.key + line.label}>{Number.isNaN(row.values[c]) ? '' : padded(row.values[c])}</td>)}
                {spec.bad.length > 0 && <td class="crit-text">{row.bad}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </dialog>
  );
}
