// What to know before using it, and what else would serve.
import type {Plan} from '../../api/types.ts';
import {curvePath} from '../../logic/curves.ts';
import {laneOf, letters} from '../../logic/lanes.ts';
import {mainType, parametersOf, shareText} from '../../logic/lanewords.ts';
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
        <span class="hint">other schedules for as many epochs</span>
      </div>
      <ul class="others">
        {plan.alternatives.map(({spec, lr, area, notes}) => (
          <li key={JSON.stringify(spec)}>
            <svg class="spark" viewBox="0 0 56 28" width="56" height="28" aria-hidden="true"><path d={curvePath({step: plan.step, lr}, 56, 28)} /></svg>
            <div class="others-name">
              <b title={parametersOf(spec)}>{mainType(spec)}</b>
              <span class="hint">{shareText(area.ratio)} of a constant rate</span>
            </div>
            {notes[0] && <p>{notes[0]}</p>}
            <button class="link" disabled={count >= letters.length} onClick={() => add(laneOf(spec))} aria-label={`Compare ${mainType(spec)}`}>Compare</button>
          </li>
        ))}
      </ul>
    </section>
  );
}
