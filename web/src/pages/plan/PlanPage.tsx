// The planner: schedules over a run that is still to be trained, up to four beside each other.
import {useEffect, useState} from 'preact/hooks';
import {api, sentence} from '../../api/client.ts';
import type {ScheduleType} from '../../api/types.ts';
import {hover} from '../../chart/cursor.ts';
import type {ChartSpec} from '../../chart/spec.ts';
import type {Handle} from '../../logic/handles.ts';
import {handlesOf, moved} from '../../logic/handles.ts';
import type {Lane} from '../../logic/lanes.ts';
import {isPlan, laneOf, planOf} from '../../logic/lanes.ts';
import {drawUntil, withValue} from '../../logic/sequence.ts';
import type {Types} from '../../logic/sequence.ts';
import {viewAddress} from '../../logic/view.ts';
import {useKeys} from '../../keys.ts';
import {change, copy, toast, view} from '../../state.ts';
import {Segmented} from '../../ui/controls.tsx';
import {Icon} from '../../ui/icons.tsx';
import {Shell} from '../../ui/Shell.tsx';
import {chosenOf, placedIn, put} from './board.ts';
import {CodeCard} from './CodeCard.tsx';
import {CompareTable} from './CompareTable.tsx';
import {Figures} from './Figures.tsx';
import {LaneForm} from './LaneForm.tsx';
import {LaneList} from './LaneList.tsx';
import {Alternatives, Notes} from './NotesCards.tsx';
import {PlanChart} from './PlanChart.tsx';
import {UseCard} from './UseCard.tsx';
import type {Run} from './useCurves.ts';
import {useCurves} from './useCurves.ts';

export function PlanPage() {
  const [types, setTypes] = useState<Types>(new Map());
  const [failed, setFailed] = useState('');
  const {of} = view.value, fail = (problem: unknown) => setFailed(sentence(problem));
  const load = () => {
    setFailed('');
    if (of) openRun(of).catch(fail);
    if (!types.size) api.schedules().then(({schedules}) => setTypes(new Map(schedules.map((type: ScheduleType) => [type.type, type]))), fail);
  };
  useEffect(load, [of]);
  useEffect(() => () => { hover.value = null; }, []);
  const copyLink = () => void copy(location.origin + viewAddress(view.value), 'Link copied');
  const {log} = view.value, turn = () => change({log: !view.value.log}, 'push');
  useKeys({y: copyLink, l: turn});
  return (
    <Shell title="Planner" crumbs={<b>Planner</b>}>
      <div class="head">
        <h1>Plan a schedule</h1>
        <span class="space" />
        <Segmented label="y axis" value={log ? 'log' : 'lin'} options={[{value: 'lin', label: 'Lin'}, {value: 'log', label: 'Log'}]}
          onChange={(to) => { if ((to === 'log') !== log) turn(); }} />
        <button class="button" onClick={copyLink}><Icon name="link" />Copy link</button>
      </div>
      {failed ? <p class="problem" role="alert">{failed} <button class="link" onClick={load}>Retry</button></p>
        : types.size && !of ? <Board types={types} /> : <div class="skeleton" aria-label="Loading" />}
    </Shell>
  );
}

// From a run's page: its schedule takes the place of the question for it.
async function openRun(id: string) {
  const [run, reference] = await Promise.all([api.run(id), api.schedule(id)]), found = planOf(reference, run);
  if (view.value.of !== id) return;
  if (!found) toast(`${run.name || id} follows no schedule that is known`);
  change({...found, run: id, of: ''});
}

interface Held {
  until: number;
  least: ChartSpec['y'];
}

function Board({types}: {types: Types}) {
  const now = view.value, placed = placedIn(now), chosen = chosenOf(now, placed);
  const unit = now.steps === null ? 'epoch' as const : 'step' as const, steps = now.steps ?? now.epochs;
  const [held, setHeld] = useState<Held | null>(null);
  const until = Math.max(held?.until ?? 0, drawUntil(placed.map(({lane}) => lane), types, steps));
  const run: Run = {steps, unit, until};
  const {answers, again} = useCurves(types, placed, run, held !== null);
  const answer = chosen && answers.get(chosen.letter), drawn = answer?.drawn ?? null;
  // A plan is moved by moving what it came to.
  const concrete = (lane: Lane): Lane | null => (isPlan(lane) ? drawn && laneOf(drawn.curve.spec, lane.name) : lane);
  const solid = chosen && concrete(chosen.lane);
  const move = (handle: Handle, value: number, how: 'push' | 'replace') => {
    if (!chosen || !solid) return;
    const name = {rate: 'base_lr', floor: 'eta_min', turn: 'warmup', length: ''}[handle.kind];
    const next = isPlan(chosen.lane) && name ? withValue(chosen.lane, 0, name, String(value)) : moved(solid, handle, value, types, steps);
    put(chosen.letter, next, how);
  };
  return (
    <div class="planner">
      <div class="plan-side">
        <LaneList placed={placed} chosen={chosen?.letter} answers={answers} unit={unit} steps={steps} />
        {chosen && (
          <LaneForm key={chosen.letter} letter={chosen.letter} lane={chosen.lane} types={types} steps={steps} unit={unit} answer={answer}
            named={placed.length > 1} again={again} />
        )}
      </div>
      <div class="main-column">
        {chosen && answer && <Figures answer={answer} run={run} />}
        <PlanChart placed={placed} chosen={chosen?.letter} answers={answers} run={run} handles={solid ? handlesOf(solid, types, steps) : []}
          least={held?.least ?? null} onMove={move} onHold={(least) => setHeld(least && {until, least})} />
        {placed.length > 1 && <CompareTable placed={placed} chosen={chosen?.letter} answers={answers} run={run} />}
        {drawn && <CodeCard curve={drawn.curve} />}
        {drawn && <UseCard spec={drawn.curve.spec} />}
        {drawn?.plan && <Alternatives plan={drawn.plan} count={placed.length} />}
      </div>
      <aside class="plan-notes" aria-label="Notes">
        {answer && <Notes answer={answer} />}
      </aside>
    </div>
  );
}
