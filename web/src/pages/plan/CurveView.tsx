// A schedule drawn over the epochs of a run, with what to know about it and the code that makes it.
import {useMemo} from 'preact/hooks';
import type {Curve, Spec} from '../../api/types.ts';
import {ChartCard} from '../../chart/ChartCard.tsx';
import {chartSpec, referenceLine} from '../../chart/spec.ts';
import {stepAxis} from '../../logic/axis.ts';
import {view} from '../../state.ts';
import {Code} from '../../ui/controls.tsx';

interface Props {
  curve: Curve;
  epochs: number;
  plain?: {spec: Spec; lr: number[]};     // to hold it against
  about?: string;
}

// After t calls of scheduler.step() comes epoch t + 1; what follows the last epoch trains nothing.
export const usedRates = (curve: {step: number[]; lr: number[]}, epochs: number) =>
  curve.lr.slice(0, curve.step.filter((t) => t < epochs).length);

export function CurveView({curve, epochs, plain, about}: Props) {
  const {type} = curve.spec, other = plain && plain.spec.type !== type ? plain : null;
  const hidden = view.value.hide;
  const spec = useMemo(() => {
    const value = usedRates(curve, epochs), x = value.map((_, t) => t + 1);
    const trace = {run: '', metric: 'suggested', count: x.length, downsampled: false, x, value, min: null, max: null, smooth: null, bad: []};
    return chartSpec({
      id: 'plan', title: 'Learning rate', x: [1, epochs], clip: false, fromZero: true, dots: false, hidden,
      curves: [{trace, label: type, color: 4}],
      references: other ? [referenceLine(other.spec.type, x, other.lr.slice(0, x.length))] : [],
    });
  }, [curve, epochs, other, hidden]);
  return (
    <div class="columns">
      <div class="main-column">
        <ChartCard spec={spec} x={[1, epochs]} axis={stepAxis} unit="epoch" height={332}
          summary={`Learning rate of ${type} over ${epochs} epochs`}
          legend={[{key: 'suggested', label: type, color: 4},
            ...(other ? [{key: other.spec.type, label: `${other.spec.type} alone`, color: 8, dashed: true}] : [])]} />
        <section class="card" aria-labelledby="code-title">
          <div class="rail-head"><h2 id="code-title">PyTorch</h2></div>
          <Code text={curve.code} label="PyTorch code" />
        </section>
      </div>
      <aside class="rail" aria-label="Notes">
        {(about || curve.notes.length > 0) && (
          <section class="card" aria-labelledby="notes-title">
            <div class="rail-head"><h2 id="notes-title">Good to know</h2></div>
            {about && <p class="rail-text">{about}</p>}
            {curve.notes.map((note) => <p class="rail-text" key={note}>{note}</p>)}
          </section>
        )}
      </aside>
    </div>
  );
}
