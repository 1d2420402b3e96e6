// The planner: a cosine plan from epochs and cycles, or any schedule by its own parameters.
import {useEffect} from 'preact/hooks';
import {hover} from '../../chart/cursor.ts';
import {change, view} from '../../state.ts';
import {Segmented} from '../../ui/controls.tsx';
import {Shell} from '../../ui/Shell.tsx';
import {AnySchedule} from './AnySchedule.tsx';
import {CosinePlan} from './CosinePlan.tsx';

export function PlanPage() {
  const any = view.value.schedule !== '';
  useEffect(() => () => { hover.value = null; }, []);
  return (
    <Shell title="Planner" crumbs={<b>Planner</b>}>
      <div class="head">
        <h1>Plan a schedule</h1>
        <span class="space" />
        <Segmented label="For" value={any ? 'any' : 'cosine'}
          options={[{value: 'cosine', label: 'A cosine plan'}, {value: 'any', label: 'Any schedule'}]}
          onChange={(which) => change({schedule: which === 'any' ? 'CosineAnnealingLR' : ''}, 'push')} />
      </div>
      {any ? <AnySchedule /> : <CosinePlan />}
    </Shell>
  );
}
