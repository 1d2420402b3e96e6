// What to know before using it, and what else would serve.
import type {Plan} from '../../api/types.ts';
import {laneOf, letters} from '../../logic/lanes.ts';
import {parametersOf, shareText, titleOf} from '../../logic/lanewords.ts';
import {add} from './board.ts';
import type {Answer} from './useCurves.ts';

export function Notes({answer}: {answer: Answer}) {
  const notes = answer.drawn?.curve.notes ?? [];
  if (!notes.length) return null;
  return (
    <section class={`card${answer.problem ? ' stale' : ''}`} aria-labelledby="notes-title">
      <div class="rail-head"><h2 id="notes-title">Good to know</h2></div>
      <ul class="notes">{notes.map((note) => <li key={note}>{note}</li>)}</ul>
    </section>
  );
}

export function Alternatives({plan, count}: {plan: Plan; count: number}) {
  if (!plan.alternatives.length) return null;
  return (
    <section class="card" aria-labelledby="others-title">
      <div class="rail-head">
        <h2 id="others-title">Instead</h2>
        <span class="hint">in the same time</span>
      </div>
      <ul class="others">
        {plan.alternatives.map(({spec, area, notes}) => (
          <li key={JSON.stringify(spec)}>
            <div class="others-head">
              <b>{titleOf(laneOf(spec), spec)}</b>
              <span class="hint">{shareText(area.ratio)} area</span>
            </div>
            <small>{parametersOf(spec)}</small>
            {notes[0] && <p>{notes[0]}</p>}
            <button class="link" disabled={count >= letters.length} onClick={() => add(laneOf(spec))}>Compare</button>
          </li>
        ))}
      </ul>
    </section>
  );
}
