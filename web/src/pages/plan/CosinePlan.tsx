// Epochs and cycles give T_max: cosine annealing over the whole run, in one descent or several.
import {api} from '../../api/client.ts';
import type {Plan} from '../../api/types.ts';
import {json, value} from '../../logic/format.ts';
import type {View} from '../../logic/view.ts';
import {change, view} from '../../state.ts';
import {Stat} from '../../ui/controls.tsx';
import {CurveView, usedRates} from './CurveView.tsx';
import {isNumber, NumberField} from './NumberField.tsx';
import {useAnswer} from './useAnswer.ts';

interface Field {
  key: 'epochs' | 'cycles' | 'baseLr' | 'etaMin' | 'warmup';
  name: string;         // as the server calls it
  label: string;
  hint: string;
  wants: string;
  allows: (n: number) => boolean;
}
const from = (min: number) => (n: number) => Number.isInteger(n) && n >= min;
const fields: Field[] = [
  {key: 'epochs', name: 'epochs', label: 'Epochs', hint: 'how long the run trains', wants: 'a whole number from 1', allows: from(1)},
  {key: 'cycles', name: 'cycles', label: 'Cycles', hint: 'descents of the learning rate', wants: 'a whole number from 1', allows: from(1)},
  {key: 'baseLr', name: 'base_lr', label: 'base_lr', hint: 'where each descent starts', wants: 'a number above 0', allows: (n) => n > 0},
  {key: 'etaMin', name: 'eta_min', label: 'eta_min', hint: 'where it ends', wants: 'a number from 0', allows: (n) => n >= 0},
  {key: 'warmup', name: 'warmup', label: 'Warm-up', hint: 'epochs of rise before it', wants: 'a whole number from 0', allows: from(0)},
];

export function CosinePlan() {
  const now = view.value, {epochs, cycles, baseLr, etaMin, warmup} = now;
  const {answer: plan, problem} = useAnswer((signal) =>
    api.plan({epochs, cycles, base_lr: baseLr, eta_min: etaMin, warmup}, signal), [epochs, cycles, baseLr, etaMin, warmup]);
  const known = fields.some((field) => field.name === problem?.field);
  return (
    <>
      <form class="card plan-form" aria-label="Plan" onSubmit={(event) => event.preventDefault()}>
        {fields.map(({key, allows, ...field}) => (
          <NumberField key={key} {...field} value={String(now[key])} allows={(text) => isNumber(text) && allows(Number(text))}
            problem={problem?.field === field.name ? problem.message : ''}
            onChange={(text) => change({[key]: Number(text)} as Partial<View>)} />
        ))}
      </form>
      {problem && !known && <p class="problem" role="alert">{problem.message}</p>}
      {plan ? <Answer plan={plan} stale={problem !== null} /> : !problem && <div class="skeleton" aria-label="Loading" />}
    </>
  );
}

function Answer({plan, stale}: {plan: Plan; stale: boolean}) {
  const {type, ...parameters} = plan.spec, lr = usedRates(plan, plan.epochs);
  const numbers = Object.entries(parameters).filter(([, v]) => typeof v === 'number');
  return (
    <div class={stale ? 'stale' : ''}>
      <section class="stats plan-stats" aria-label="Suggested">
        <Stat label="T_max" note={`${plan.epochs} epochs in ${plan.cycles === 1 ? 'one descent' : `${plan.cycles} descents`}`}>{value(plan.T_max)}</Stat>
        <Stat label="Suggested" note={numbers.map(([key, v]) => `${key} ${json(v)}`).join(', ')}>{type}</Stat>
        <Stat label="First and last" note={`epoch 1 to ${plan.epochs}`}>{value(lr[0], 3)} → {value(lr[lr.length - 1], 3)}</Stat>
      </section>
      <CurveView curve={plan} epochs={plan.epochs} plain={plan.plain} />
    </div>
  );
}
