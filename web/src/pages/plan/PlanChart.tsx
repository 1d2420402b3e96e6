// The schedules over each other, to the end of the run and some way past it.
import {useMemo} from 'preact/hooks';
import {ChartCard} from '../../chart/ChartCard.tsx';
import type {ChartSpec} from '../../chart/spec.ts';
import {chartSpec, referenceLine} from '../../chart/spec.ts';
import {stepAxis} from '../../logic/axis.ts';
import {count, value} from '../../logic/format.ts';
import type {Handle} from '../../logic/handles.ts';
import type {Letter} from '../../logic/lanes.ts';
import {titleOf, units} from '../../logic/lanewords.ts';
import {view} from '../../state.ts';
import type {Placed} from './board.ts';
import type {Grip} from './Handles.tsx';
import {Handles} from './Handles.tsx';
import {looks} from './look.ts';
import {afterEnd} from './painting.ts';
import type {Answer, Drawn, Run} from './useCurves.ts';

interface Props {
  placed: Placed[];
  chosen: Letter | undefined;
  answers: Map<Letter, Answer>;
  run: Run;
  handles: Handle[];
  least: ChartSpec['y'];      // while something is held: the heights that stay in sight
  onMove: Grip['onMove'];
  onHold: (shown: ChartSpec['y']) => void;     // null: it was let go
}

interface Line {
  letter: Letter;
  drawn: Drawn;
  title: string;
}

const FAINT = 1e-6;         // of the highest rate: what is lower trains nothing
const height = () => (innerWidth >= 2200 ? 480 : innerWidth < 640 ? 300 : 372);

export function PlanChart({placed, chosen, answers, run, handles, least, onMove, onHold}: Props) {
  const {hide, log} = view.value, {steps, unit, until} = run;
  const lines: Line[] = placed.flatMap(({letter, lane}) => {
    const drawn = answers.get(letter)?.drawn;
    return drawn ? [{letter, drawn, title: titleOf(lane, drawn.curve.spec)}] : [];
  });
  const several = placed.length > 1, plan = several ? null : lines[0]?.drawn.plan;
  const other = plan && JSON.stringify(plan.plain.spec) !== JSON.stringify(plan.spec) ? plan.plain : null;
  const spec = useMemo(() => {
    const made = chartSpec({
      id: 'plan', title: 'Learning rate', x: [0, until], clip: false, fromZero: true, dots: false, log, hidden: hide,
      behind: afterEnd(steps, `${units(steps, unit)}: the run ends`),
      curves: [...lines].sort((a, b) => Number(b.letter === chosen) - Number(a.letter === chosen)).map(({letter, drawn: {curve}, title}) => ({
        trace: {run: '', metric: letter, count: 0, downsampled: false, x: curve.step, value: curve.lr, min: null, max: null, smooth: null, bad: []},
        label: several ? `${letter.toUpperCase()} ${title}` : title, color: looks[letter].color, dash: looks[letter].dash,
        strong: letter === chosen, end: several ? letter.toUpperCase() : '',
      })),
      references: other ? [referenceLine('plain', plan!.step.slice(0, other.lr.length), other.lr)] : [],
    });
    for (const line of made.lines) if (line.key === 'plain') line.label = 'the cosine alone';
    if (log && made.y) made.y = {...made.y, low: Math.max(made.y.low, made.y.high * FAINT)};
    return least && made.y ? {...made, y: {...made.y, low: Math.min(made.y.low, least.low), high: Math.max(made.y.high, least.high)}} : made;
  }, [placed, chosen, run, hide, log, least, ...lines.map(({drawn}) => drawn)]);
  const now = lines.find(({letter}) => letter === chosen);
  const legend = [
    ...lines.map(({letter, title}) => ({key: letter, label: several ? `${letter.toUpperCase()} ${title}` : title, ...looks[letter]})),
    ...(other ? [{key: 'plain', label: `${other.spec.type === 'SequentialLR' ? 'the cosine' : other.spec.type} alone`, color: 8, dashed: true}] : []),
  ];
  return (
    <ChartCard spec={spec} x={[0, until]} axis={stepAxis} unit={unit} height={height()} legend={legend}
      empty={lines.length ? '' : 'Nothing to draw with these values.'}
      summary={summary(lines, run)}
      place={(x) => ({main: `after ${units(x, unit)}`, side: x < steps ? `rate of ${unit} ${count(x + 1)}` : 'after the run'})}
      over={(plot, layout) => now && !hide.includes(now.letter) && (
        <Handles plot={plot} layout={layout} handles={handles} curve={now.drawn.curve} steps={steps} unit={unit}
          color={looks[now.letter].color} name={several ? now.letter.toUpperCase() : now.title}
          onMove={onMove} onHold={(on) => onHold(on ? spec.y : null)} />
      )} />
  );
}

function summary(lines: Line[], {steps, unit}: Run): string {
  const each = lines.map(({title, drawn: {curve}}) =>
    `${title}: from ${value(curve.lr[0])} to ${value(curve.last_lr)}, lowest ${value(curve.lowest.lr)}`);
  return `Learning rate over ${units(steps, unit)}. ${each.join('. ')}`;
}
