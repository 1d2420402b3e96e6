// How long the run is, and the schedules that are held beside each other over it.
import type {Lane, Letter} from '../../logic/lanes.ts';
import {lane as newLane, letters} from '../../logic/lanes.ts';
import {titleOf, type Unit} from '../../logic/lanewords.ts';
import {change} from '../../state.ts';
import {Segmented} from '../../ui/controls.tsx';
import {Icon} from '../../ui/icons.tsx';
import type {Placed} from './board.ts';
import {add, remove} from './board.ts';
import {isWhole, TextField} from './fields.tsx';
import {looks} from './look.ts';
import type {Answer} from './useCurves.ts';

interface Props {
  placed: Placed[];
  chosen: Letter | undefined;
  answers: Map<Letter, Answer>;
  unit: Unit;
  steps: number;
}

export function LaneList({placed, chosen, answers, unit, steps}: Props) {
  return (
    <section class="card lane-list" aria-labelledby="lanes-title">
      <RunLength unit={unit} steps={steps} />
      <div class="rail-head lanes-head">
        <h2 id="lanes-title">Schedules</h2>
        <span class="hint">{placed.length > 1 ? `${placed.length} of ${letters.length}` : `compare up to ${letters.length}`}</span>
      </div>
      <ul class="lanes">
        {placed.map(({letter, lane}) => (
          <Row key={letter} letter={letter} lane={lane} chosen={letter === chosen} alone={placed.length === 1}
            full={placed.length === letters.length} answer={answers.get(letter)} />
        ))}
      </ul>
      {placed.length < letters.length && (
        <button class="link lane-add" onClick={() => add(newLane(placed.length ? 'CosineAnnealingLR' : 'plan'))}>
          <Icon name="plus" />Add a schedule
        </button>
      )}
    </section>
  );
}

function RunLength({unit, steps}: {unit: Unit; steps: number}) {
  const epochs = unit === 'epoch';
  return (
    <div class="run-length">
      <TextField id="plan-length" label={epochs ? 'Epochs' : 'Steps'} hint="how long the run trains" value={String(steps)} problem=""
        wants="a whole number from 1 to 1,000,000" allows={(text) => isWhole(1)(text) && Number(text) <= 1e6}
        onChange={(text) => change(epochs ? {epochs: Number(text)} : {steps: Number(text)})} />
      <Segmented label="in" value={unit} options={[{value: 'epoch', label: 'Epochs'}, {value: 'step', label: 'Steps'}]}
        onChange={(to) => change(to === 'epoch' ? {epochs: steps, steps: null} : {steps, epochs: 50}, 'push')} />
    </div>
  );
}

function Row({letter, lane, chosen, alone, full, answer}: {
  letter: Letter; lane: Lane; chosen: boolean; alone: boolean; full: boolean; answer: Answer | undefined;
}) {
  const {color, dash} = looks[letter], title = titleOf(lane, answer?.drawn?.curve.spec), name = letter.toUpperCase();
  return (
    <li class={chosen ? 'lane chosen' : 'lane'}>
      <button class="lane-name" aria-pressed={chosen} onClick={() => change({on: letter}, 'push')} title={title}>
        <svg class="line-mark" viewBox="0 0 24 8" aria-hidden="true"><path d="M0 4h24" class={`stroke${color}`} stroke-dasharray={dash?.join(' ')} /></svg>
        <b>{name}</b>
        <span>{title}</span>
        {answer?.problem && <span class="crit-text" title={answer.problem.message}>✕<span class="sr"> not valid</span></span>}
      </button>
      <button class="icon-button small" disabled={full} aria-label={`Duplicate ${name}`} title="Duplicate" onClick={() => add({...lane, name: lane.name && `${lane.name} 2`})}><Icon name="copy" /></button>
      <button class="icon-button small" disabled={alone} aria-label={`Remove ${name}`} title="Remove" onClick={() => remove(letter)}><Icon name="close" /></button>
    </li>
  );
}
