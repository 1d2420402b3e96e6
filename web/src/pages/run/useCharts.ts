// The charts of a run, each made anew only when something on it has changed: a live run is told ten
// times a second, and most of what is told draws nothing.
import {useMemo, useRef} from 'preact/hooks';
import type {Lettered} from '../../logic/findings.ts';
import {isDrawn} from '../../logic/findings.ts';
import type {View} from '../../logic/view.ts';
import type {Input, RunCharts} from './charts.ts';
import {lossChart, lrChart, otherCharts, shownRange, subjectOf} from './charts.ts';
import type {RunStore} from './store.ts';

// The value before, while this one says the same.
function useSame<T>(value: T): T {
  const held = useRef({value, text: ''});
  const text = JSON.stringify(value);
  if (text !== held.current.text) held.current = {value, text};
  return held.current.value;
}

// What a finding looks like on a chart, without its figures.
const drawing = ({key, letter, title, severity, metric, from_step, to_step, ongoing}: Lettered) =>
  ({key, letter, title, severity, metric, from_step, to_step: ongoing ? from_step : to_step, ongoing}) as Lettered;

export function useCharts(store: RunStore, findings: Lettered[], now: View): RunCharts {
  const traces = store.traces.value, axis = store.axis.value;
  const run = useSame(subjectOf(store.run.value!)), marks = useSame(findings.filter(isDrawn).map(drawing));
  const reference = useSame(store.reference.value);
  const view = useMemo(() => now, [now.log, now.clip, now.hide, now.from, now.to]);
  const x = useSame(shownRange({traces, axis, view}));
  const input: Input = {run, traces, reference, findings: marks, axis, view};
  const shared = [run, traces, marks, axis, view, x];
  const loss = useMemo(() => lossChart(input, x), shared);
  const lr = useMemo(() => lrChart(input, x), [...shared, reference]);
  const others = useMemo(() => otherCharts(input, x), shared);
  return {x, loss, lr, others};
}
