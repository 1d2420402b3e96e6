// The schedule that is worked on: its type, its parameters, the parts of a sequence, its name.
import type {ScheduleType} from '../../api/types.ts';
import type {Lane, Letter} from '../../logic/lanes.ts';
import {cleanName, isChained, isPlan, PLAN} from '../../logic/lanes.ts';
import type {Unit} from '../../logic/lanewords.ts';
import type {Types} from '../../logic/sequence.ts';
import {inTurn, RATE, spanOf, takesWarmUp, turnsWith, valuesOf, withoutPart, withPart, withTurn, withType, withValue, withWarmUp} from '../../logic/sequence.ts';
import {defaults} from '../../logic/view.ts';
import {Segmented} from '../../ui/controls.tsx';
import {Icon} from '../../ui/icons.tsx';
import {focusSoon, put} from './board.ts';
import {isNumber, isWhole, ListField, ParamField, TextField} from './fields.tsx';
import type {Answer} from './useCurves.ts';

interface Props {
  letter: Letter;
  lane: Lane;
  types: Types;
  steps: number;
  unit: Unit;
  answer: Answer | undefined;
  named: boolean;             // a name is asked for: there are others beside it
  again: () => void;          // asks the server once more
}

const PARTS_MAX = 8;

export function LaneForm(props: Props) {
  const {letter, lane, types, steps, answer, named, again} = props, problem = answer?.problem ?? null;
  const sequence = lane.parts.length > 1, first = types.get(lane.parts[0]!.type);
  const fields = isPlan(lane) ? ['cycles', 'base_lr', 'eta_min', 'warmup', 'epochs']
    : ['base_lr', ...(isChained(lane) ? [] : ['milestones']), ...lane.parts.flatMap(({type}) => [...(types.get(type)?.params.map((p) => p.name) ?? []), types.get(type)?.list ?? ''])];
  const said = (name: string) => (problem?.field === name ? problem.message : '');
  const warmUp = () => {
    put(letter, withWarmUp(lane, types, steps), 'push');
    focusSoon(isPlan(lane) ? '#plan-0-warmup' : '#plan-0-total_iters');
  };
  const addPart = () => {
    put(letter, withPart(lane, 'LinearLR', steps), 'push');
    focusSoon(`#plan-type-${lane.parts.length}`);
  };
  return (
    <form class="card lane-form" aria-label={`Schedule ${letter.toUpperCase()}`} onSubmit={(event) => event.preventDefault()}>
      {sequence && (
        <TextField id="plan-rate" label="base_lr" hint="of the optimizer, for every part" value={valuesOf(lane, 0, types, steps).base_lr ?? RATE}
          problem={said('base_lr')} wants="a number" allows={isNumber} onChange={(text) => put(letter, withValue(lane, 0, 'base_lr', text))} />
      )}
      {sequence && (
        <Segmented label="The parts step" value={isChained(lane) ? 'together' : 'turn'} options={[{value: 'turn', label: 'In turn'}, {value: 'together', label: 'Together'}]}
          onChange={(how) => put(letter, inTurn(lane, how === 'turn', steps), 'push')} />
      )}
      {lane.parts.map((_, i) => <PartFields key={`${i} ${lane.parts[i]!.type}`} {...props} i={i} said={said} />)}
      {problem && !fields.includes(problem.field ?? '') && (
        <p class="lane-problem wide" role="alert">{problem.message} {problem.status < 400 && <button type="button" class="link" onClick={again}>Retry</button>}</p>
      )}
      {named && (
        <div class="field wide">
          <label for="plan-name">Name</label>
          <input id="plan-name" value={lane.name} placeholder={letter.toUpperCase()} maxLength={40} autocomplete="off"
            onInput={(event) => put(letter, {...lane, name: cleanName(event.currentTarget.value)})} />
        </div>
      )}
      <div class="lane-actions">
        {takesWarmUp(lane, types) && (
          <button type="button" class="button small" onClick={warmUp}><Icon name="plus" />Add warm-up</button>
        )}
        {first && !first.alone && lane.parts.length < PARTS_MAX && (
          <button type="button" class="button small" onClick={addPart}><Icon name="plus" />Add a part</button>
        )}
      </div>
    </form>
  );
}

interface PartProps extends Props {
  i: number;
  said: (name: string) => string;
}

function PartFields(props: PartProps) {
  const {letter, lane, types, i, steps, said} = props;
  const part = lane.parts[i]!, type = types.get(part.type), sequence = lane.parts.length > 1;
  const choose = (
    <div class="field wide">
      <label for={`plan-type-${i}`}>{sequence ? `Part ${i + 1}` : 'Schedule'}</label>
      <select id={`plan-type-${i}`} value={part.type} aria-describedby={`plan-about-${i}`}
        onChange={(event) => put(letter, withType(lane, i, event.currentTarget.value), 'push')}>
        {!sequence && <option value={PLAN}>From epochs and cycles</option>}
        <TypeOptions types={types} sequence={sequence} />
      </select>
      <small id={`plan-about-${i}`} class={sequence ? 'sr' : ''}>{type?.about ?? (isPlan(lane) ? 'cosine annealing in one or several descents' : 'no type that this server knows')}</small>
    </div>
  );
  const values = valuesOf(lane, i, types, steps);
  // A warm-up that lasts until the next part takes over still does.
  const set = (name: string, text: string) => put(letter, name === type?.length_param && turnsWith(lane, i, types, steps)
    ? withTurn(lane, i, String(Number(text) + spanOf(lane, i, steps).from), types, steps) : withValue(lane, i, name, text));
  return (
    <fieldset class={sequence ? 'part' : 'part whole'}>
      <legend class="sr">{sequence ? `Part ${i + 1}` : 'Parameters'}</legend>
      {sequence && (
        <button type="button" class="icon-button small part-remove" aria-label={`Remove part ${i + 1}`} title="Remove this part"
          onClick={() => { put(letter, withoutPart(lane, i), 'push'); focusSoon('#plan-type-0'); }}><Icon name="close" /></button>
      )}
      {choose}
      {i > 0 && !isChained(lane) && (
        <TextField id={`plan-from-${i}`} label="milestone" hint={`takes over after so many ${props.unit}s`} value={lane.milestones[i - 1] ?? ''} problem={said('milestones')}
          wants="a whole number from 1" allows={isWhole(1)} onChange={(text) => put(letter, withTurn(lane, i - 1, text, types, steps))} />
      )}
      {isPlan(lane) ? <PlanFields values={part.values} said={said} set={set} unit={props.unit} />
        : type?.params.filter((param) => !sequence || param.name !== 'base_lr').map((param) => (
          <ParamField key={param.name} param={param} id={`plan-${i}-${param.name}`} value={values[param.name]} problem={said(param.name)}
            onChange={(text) => set(param.name, text)} />
        ))}
      {type?.list && <ListField name={type.list} id={`plan-${i}-${type.list}`} value={values[type.list] ?? ''} problem={said(type.list)} onChange={(text) => set(type.list!, text)} />}
    </fieldset>
  );
}

function TypeOptions({types, sequence}: {types: Types; sequence: boolean}) {
  const groups = new Map<string, ScheduleType[]>();
  for (const type of types.values()) {
    if (!sequence || !type.alone) groups.set(type.framework, [...(groups.get(type.framework) ?? []), type]);
  }
  return (
    <>
      {[...groups].map(([framework, all]) => (
        <optgroup key={framework} label={framework}>
          {all.map(({type}) => <option key={type} value={type}>{type}</option>)}
        </optgroup>
      ))}
    </>
  );
}

const planFields = [
  {name: 'cycles', label: 'Cycles', hint: 'descents of the rate', wants: 'a whole number from 1', allows: isWhole(1), usual: defaults.cycles},
  {name: 'warmup', label: 'Warm-up', hint: 'of rise before it', wants: 'a whole number from 0', allows: isWhole(0), usual: defaults.warmup},
  {name: 'base_lr', label: 'base_lr', hint: 'where each descent starts', wants: 'a number above 0', allows: (t: string) => isNumber(t) && Number(t) > 0, usual: defaults.baseLr},
  {name: 'eta_min', label: 'eta_min', hint: 'where it ends', wants: 'a number from 0', allows: (t: string) => isNumber(t) && Number(t) >= 0, usual: defaults.etaMin},
];

function PlanFields({values, said, set, unit}: {
  values: Record<string, string>; said: (name: string) => string; set: (name: string, text: string) => void; unit: Unit;
}) {
  return (
    <>
      {planFields.map(({name, usual, hint, ...field}) => (
        <TextField key={name} id={`plan-0-${name}`} {...field} hint={name === 'warmup' ? `${unit}s ${hint}` : hint} value={values[name] ?? String(usual)} problem={said(name)}
          onChange={(text) => set(name, text)} />
      ))}
    </>
  );
}
