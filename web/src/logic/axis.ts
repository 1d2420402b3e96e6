// The x axis: steps on one side, what is shown on the other.
import type {XMode} from './view.ts';
import type {Trace} from './series.ts';
import {lowerBound} from './series.ts';

export interface Axis {
  mode: XMode;
  toX: (step: number) => number;
  toStep: (x: number) => number;
}

export const stepAxis: Axis = {mode: 'step', toX: (step) => step, toStep: (x) => x};

// Straight lines between known pairs, going on beyond the ends with the mean slope.
function between(from: number[], to: number[]): (v: number) => number {
  const last = from.length - 1;
  const slope = last > 0 ? (to[last]! - to[0]!) / (from[last]! - from[0]!) : 1;
  return (v) => {
    if (v <= from[0]!) return to[0]! + (v - from[0]!) * slope;
    if (v >= from[last]!) return to[last]! + (v - from[last]!) * slope;
    const i = lowerBound(from, v), part = (v - from[i - 1]!) / (from[i]! - from[i - 1]!);
    return to[i - 1]! + part * (to[i]! - to[i - 1]!);
  };
}

export function mappedAxis(mode: XMode, steps: number[], xs: number[]): Axis {
  const s: number[] = [], x: number[] = [];
  for (let i = 0; i < steps.length; i++) {
    if (s.length && (steps[i]! <= s[s.length - 1]! || xs[i]! <= x[x.length - 1]!)) continue;
    s.push(steps[i]!);
    x.push(xs[i]!);
  }
  if (!s.length) return {...stepAxis, mode};
  return {mode, toX: between(s, x), toStep: between(x, s)};
}

// One curve read twice, over steps and over another axis. Unthinned, the points pair up one to one.
// Thinned, the ends do, and so does any value that occurs once on each side: both answers hold
// logged points only.
export function pairAxis(mode: XMode, bySteps: Trace, byX: Trace): Axis {
  if (!bySteps.downsampled && !byX.downsampled && bySteps.x.length === byX.x.length) {
    return mappedAxis(mode, bySteps.x, byX.x);
  }
  const once = (trace: Trace) => {
    const at = new Map<number, number>();
    trace.value.forEach((v, i) => at.set(v, at.has(v) ? -1 : i));
    return at;
  };
  const others = once(byX), steps: number[] = [], xs: number[] = [];
  const last = bySteps.x.length - 1, lastOther = byX.x.length - 1;
  for (const [v, i] of once(bySteps)) {
    const j = i === 0 ? 0 : i === last ? lastOther : others.get(v) ?? -1;
    if (i < 0 || j < 0) continue;
    steps.push(bySteps.x[i]!);
    xs.push(byX.x[j]!);
  }
  if (steps[0] !== bySteps.x[0]) { steps.unshift(bySteps.x[0]!); xs.unshift(byX.x[0]!); }
  if (steps[steps.length - 1] !== bySteps.x[last]) { steps.push(bySteps.x[last]!); xs.push(byX.x[lastOther]!); }
  return mappedAxis(mode, steps, xs);
}
