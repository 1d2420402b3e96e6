// The planner: epochs and cycles give T_max, the curve, what to know about it, and the code.
import {useEffect, useMemo, useState} from 'preact/hooks';
import {api, ApiError, isAbort, sentence} from '../../api/client.ts';
import type {Plan} from '../../api/types.ts';
import {ChartCard} from '../../chart/ChartCard.tsx';
import {chartSpec, referenceLine} from '../../chart/spec.ts';
import {hover} from '../../chart/cursor.ts';
import {stepAxis} from '../../logic/axis.ts';
import {json, value} from '../../logic/format.ts';
import type {View} from '../../logic/view.ts';
import {change, view} from '../../state.ts';
import {Code, Stat} from '../../ui/controls.tsx';
import {Shell} from '../../ui/Shell.tsx';

interface Field {
  key: 'epochs' | 'cycles' | 'baseLr' | 'etaMin' | 'warmup';
  name: string;         // as the server calls it
  label: string;
  hint: string;
  wants: string;        // said when the text is not such a number
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

const QUIET_MS = 150;

export function PlanPage() {
  const {epochs, cycles, baseLr, etaMin, warmup} = view.value;
  const [plan, setPlan] = useState<Plan | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  useEffect(() => () => { hover.value = null; }, []);
  useEffect(() => {
    const stopped = new AbortController();
    const timer = setTimeout(() => {
      api.plan({epochs, cycles, base_lr: baseLr, eta_min: etaMin, warmup}, stopped.signal).then(
        (answer) => { setPlan(answer); setProblem(null); },
        (error) => { if (!isAbort(error)) setProblem(error instanceof ApiError ? error : new ApiError(-1, 'error', sentence(error))); });
    }, plan ? QUIET_MS : 0);
    return () => { clearTimeout(timer); stopped.abort(); };
  }, [epochs, cycles, baseLr, etaMin, warmup]);
  return (
    <Shell title="Planner" crumbs={<b>Planner</b>}>
      <div class="head">
        <h1>Plan a schedule</h1>
        <span class="hint">cosine annealing over the whole run, in one descent or several</span>
      </div>
      <form class="card plan-form" aria-label="Plan" onSubmit={(event) => event.preventDefault()}>
        {fields.map((field) => <PlanField key={field.key} field={field} problem={problem?.field === field.name ? problem.message : ''} />)}
      </form>
      {problem && !fields.some((field) => field.name === problem.field) && <p class="problem" role="alert">{problem.message}</p>}
      {plan ? <Answer plan={plan} stale={problem !== null} /> : !problem && <div class="skeleton" aria-label="Loading" />}
    </Shell>
  );
}

// The text stays as typed; the view follows while it is a number the field allows.
function PlanField({field, problem}: {field: Field; problem: string}) {
  const now = view.value[field.key];
  const [text, setText] = useState(String(now));
  useEffect(() => { if (Number(text) !== now) setText(String(now)); }, [now]);
  const wrong = read(field, text) === null ? field.wants : problem;
  return (
    <div class={`field${wrong ? ' wrong' : ''}`}>
      <label for={`plan-${field.name}`}>{field.label}</label>
      <input id={`plan-${field.name}`} inputMode="decimal" value={text} autocomplete="off"
        aria-invalid={wrong !== ''} aria-describedby={`${field.name}-hint`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          const given = read(field, event.currentTarget.value);
          if (given !== null) change({[field.key]: given} as Partial<View>);
        }} />
      <small id={`${field.name}-hint`}>{wrong || field.hint}</small>
    </div>
  );
}

function read({allows}: Field, text: string): number | null {
  const n = Number(text);
  return text.trim() && Number.isFinite(n) && allows(n) ? n : null;
}

function Answer({plan, stale}: {plan: Plan; stale: boolean}) {
  // After t calls of scheduler.step() comes epoch t + 1; what follows the last epoch trains nothing.
  const used = plan.step.filter((t) => t < plan.epochs).length;
  const epochs = plan.step.slice(0, used).map((t) => t + 1), lr = plan.lr.slice(0, used);
  const x: [number, number] = [1, plan.epochs];
  const same = plan.spec.type === plan.plain.spec.type;
  const spec = useMemo(() => {
    const trace = {run: '', metric: 'suggested', count: used, downsampled: false, x: epochs, value: lr,
                   min: null, max: null, smooth: null, bad: []};
    return chartSpec({
      id: 'plan', title: 'Learning rate', x, clip: false, fromZero: true, dots: false, hidden: view.value.hide,
      curves: [{trace, label: plan.spec.type, color: 4}],
      references: same ? [] : [referenceLine(plan.plain.spec.type, epochs, plan.plain.lr.slice(0, used))],
    });
  }, [plan]);
  const {type, ...parameters} = plan.spec;
  return (
    <div class={stale ? 'stale' : ''}>
      <section class="stats plan-stats" aria-label="Suggested">
        <Stat label="T_max" note={`${plan.epochs} epochs in ${plan.cycles === 1 ? 'one descent' : `${plan.cycles} descents`}`}>{value(plan.T_max)}</Stat>
        <Stat label="Suggested" note={Object.entries(parameters).filter(([, v]) => typeof v === 'number').map(([key, v]) => `${key} ${json(v)}`).join(', ')}>{type}</Stat>
        <Stat label="First and last" note={`epoch 1 to ${plan.epochs}`}>{value(lr[0], 3)} → {value(lr[lr.length - 1], 3)}</Stat>
      </section>
      <div class="columns">
        <div class="main-column">
          <ChartCard spec={spec} x={x} axis={stepAxis} unit="epoch" height={332}
            summary={`Learning rate of ${type} over ${plan.epochs} epochs`}
            legend={[{key: 'suggested', label: type, color: 4},
              ...(same ? [] : [{key: plan.plain.spec.type, label: `${plan.plain.spec.type} alone`, color: 8, dashed: true}])]} />
          <section class="card" aria-labelledby="code-title">
            <div class="rail-head"><h2 id="code-title">PyTorch</h2></div>
            <Code text={plan.code} label="PyTorch code" />
          </section>
        </div>
        <aside class="rail" aria-label="Notes">
          {plan.notes.length > 0 && (
            <section class="card" aria-labelledby="notes-title">
              <div class="rail-head"><h2 id="notes-title">Good to know</h2></div>
              {plan.notes.map((note) => <p class="rail-text" key={note}>{note}</p>)}
            </section>
          )}
        </aside>
      </div>
    </div>
  );
}
