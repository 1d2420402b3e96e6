// The schedules side by side in figures; a row is the way to the one that is worked on.
import {count, value} from '../../logic/format.ts';
import type {Letter} from '../../logic/lanes.ts';
import {parametersOf, pastText, shareText, titleOf} from '../../logic/lanewords.ts';
import {change} from '../../state.ts';
import type {Placed} from './board.ts';
import {looks} from './look.ts';
import type {Answer, Run} from './useCurves.ts';

const heads = ['Length', 'Area', 'Lowest', 'Last', 'Past its end'];

export function CompareTable({placed, chosen, answers, run}: {
  placed: Placed[]; chosen: Letter | undefined; answers: Map<Letter, Answer>; run: Run;
}) {
  const row = ({letter, lane}: Placed) => {
    const {drawn, problem} = answers.get(letter)!, {color, dash} = looks[letter];
    const curve = drawn?.curve, past = curve && pastText(curve, run.unit);
    return (
      <tr key={letter} class={`${letter === chosen ? 'at' : ''}${problem ? ' stale' : ''}`} onClick={() => change({on: letter}, 'push')}>
        <th scope="row"><div class="compared-name">
          <svg class="line-mark" viewBox="0 0 24 8" aria-hidden="true"><path d="M0 4h24" class={`stroke${color}`} stroke-dasharray={dash?.join(' ')} /></svg>
          <button class="link" aria-pressed={letter === chosen} onClick={(event) => { event.stopPropagation(); change({on: letter}, 'push'); }}>
            <b>{letter.toUpperCase()}</b> {titleOf(lane, curve?.spec)}
          </button>
          {curve && <small title={parametersOf(curve.spec)}>{parametersOf(curve.spec)}</small>}
        </div></th>
        <td>{curve ? (curve.length ? count(curve.length) : 'no end') : '–'}</td>
        <td>{curve ? shareText(curve.area.ratio) : '–'}</td>
        <td>{curve ? value(curve.lowest.lr, 3) : '–'}{curve && <small> @{count(curve.lowest.step)}</small>}</td>
        <td>{curve ? value(curve.last_lr, 3) : '–'}</td>
        <td>{past?.word ?? '–'}</td>
      </tr>
    );
  };
  return (
    <section class="card table-card compared-card" aria-labelledby="compared-title">
      <div class="card-head">
        <h2 id="compared-title">Side by side</h2>
        <span class="hint">over {count(run.steps)} {run.unit}s; area in % of the constant rate</span>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Side by side, scrollable">
        <table class="rows compared">
          <thead><tr><th scope="col">Schedule</th>{heads.map((head) => <th scope="col" key={head}>{head}</th>)}</tr></thead>
          <tbody>{placed.map(row)}</tbody>
        </table>
      </div>
    </section>
  );
}
