// Any schedule the server knows, with the framework's own parameter names.
import {useEffect, useState} from 'preact/hooks';
import {api, sentence} from '../../api/client.ts';
import type {ScheduleType} from '../../api/types.ts';
import {readChoice, usualValues, writeChoice} from '../../logic/schedule.ts';
import {change, view} from '../../state.ts';
import {CurveView} from './CurveView.tsx';
import {isNumber, NumberField} from './NumberField.tsx';
import {useAnswer} from './useAnswer.ts';

export function AnySchedule() {
  const [types, setTypes] = useState<ScheduleType[]>([]);
  const [failed, setFailed] = useState('');
  useEffect(() => { api.schedules().then(({schedules}) => setTypes(schedules), (problem) => setFailed(sentence(problem))); }, []);
  const {type: wanted, values} = readChoice(view.value.schedule);
  const type = types.find((one) => one.type === wanted) ?? types[0];
  if (failed) return <p class="problem" role="alert">{failed}</p>;
  return type ? <Form key={type.type} type={type} types={types} values={values} /> : <div class="skeleton" aria-label="Loading" />;
}

function Form({type, types, values: chosen}: {type: ScheduleType; types: ScheduleType[]; values: Record<string, string>}) {
  const {epochs, baseLr} = view.value;
  const values = {...usualValues(type, epochs, baseLr), ...chosen};
  const {answer, problem} = useAnswer((signal) => api.curve({type: type.type, ...values, steps: epochs}, signal),
    [type.type, JSON.stringify(values), epochs]);
  const set = (name: string, text: string) => change({schedule: writeChoice({type: type.type, values: {...chosen, [name]: text}})});
  const said = (name: string) => (problem?.field === name ? problem.message : '');
  const placed = [...type.params.map((param) => param.name), type.list, 'steps'].includes(problem?.field ?? '');
  return (
    <>
      <form class="card plan-form" aria-label="Schedule" onSubmit={(event) => event.preventDefault()}>
        <div class="field">
          <label for="plan-type">Schedule</label>
          <select id="plan-type" value={type.type} onChange={(event) => change({schedule: event.currentTarget.value}, 'push')}>
            {types.map((one) => <option key={one.type} value={one.type}>{one.type}</option>)}
          </select>
          <small>as PyTorch and Hugging Face name it</small>
        </div>
        <NumberField name="epochs" label="Epochs" hint="how long the run trains" value={String(epochs)} wants="a whole number from 1"
          allows={(text) => isNumber(text) && Number.isInteger(Number(text)) && Number(text) >= 1} problem={said('steps')}
          onChange={(text) => change({epochs: Number(text)})} />
        {type.params.map(({name, integer, required, default: usual}) => (
          <NumberField key={name} name={name} label={name} value={values[name] ?? String(usual ?? '')}
            hint={required ? 'must be given' : `usually ${usual ?? 'none'}`} wants={integer ? 'a whole number' : 'a number'}
            allows={(text) => isNumber(text) && (!integer || Number.isInteger(Number(text)))} problem={said(name)} onChange={(text) => set(name, text)} />
        ))}
        {type.list && (
          <NumberField name={type.list} label={type.list} value={values[type.list] ?? ''} hint="commas between them" wants="rising numbers with commas"
            allows={(text) => text.split(',').every(isNumber)} problem={said(type.list)} onChange={(text) => set(type.list!, text)} />
        )}
      </form>
      {problem && !placed && <p class="problem" role="alert">{problem.message}</p>}
      {answer && <div class={problem ? 'stale' : ''}><CurveView curve={answer} epochs={epochs} about={`${type.type}: ${type.about}.`} /></div>}
    </>
  );
}
