// The answer in figures: what to use, and what it makes of the run.
import {count, value} from '../../logic/format.ts';
import {mainType, parametersOf, pastText, shareText, units} from '../../logic/lanewords.ts';
import {Stat} from '../../ui/controls.tsx';
import type {Answer, Run} from './useCurves.ts';

export function Figures({answer, run: {steps, unit}}: {answer: Answer; run: Run}) {
  if (!answer.drawn) return null;
  const {curve, plan} = answer.drawn, {area, lowest, last_lr: last} = curve, past = pastText(curve, unit);
  return (
    <section class={`stats plan-stats${answer.problem ? ' stale' : ''}`} aria-label="In figures">
      <Stat label={plan ? 'Use' : 'Schedule'} note={<span title={parametersOf(curve.spec)}>{parametersOf(curve.spec)}</span>}><span title={mainType(curve.spec)}>{mainType(curve.spec)}</span></Stat>
      {plan
        ? <Stat label="T_max" note={plan.cycles === 1 ? 'one descent' : `${count(plan.cycles)} descents`}>{count(plan.T_max)}</Stat>
        : <Stat label="Length" note={curve.length ? `${unit}s` : ''}>{curve.length ? count(curve.length) : 'no end'}</Stat>}
      <Stat label="Area under the curve" note={`of a constant rate: ${value(area.sum, 3)} of ${value(area.constant, 3)}`}>{shareText(area.ratio)}</Stat>
      <Stat label="First and last" note={lowest.lr < last ? `lowest ${value(lowest.lr, 3)} after ${count(lowest.step)}` : `over ${units(steps, unit)}`}>{value(curve.lr[0], 3)} → {value(last, 3)}</Stat>
      <Stat label="Past its end" note={past.when}>{past.word}</Stat>
    </section>
  );
}
