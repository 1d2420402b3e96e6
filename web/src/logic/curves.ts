// A curve as the server sends it, with only the steps that straight lines need, read at any step.
import {lowerBound} from './series.ts';

export interface Points {
  step: number[];
  lr: number[];
}

export function rateAt({step, lr}: Points, t: number): number {
  const i = lowerBound(step, t);
  if (i >= step.length) return lr[lr.length - 1] ?? NaN;
  if (i === 0 || step[i] === t) return lr[i]!;
  const share = (t - step[i - 1]!) / (step[i]! - step[i - 1]!);
  return lr[i - 1]! + share * (lr[i]! - lr[i - 1]!);
}

// With whole steps in between, so that a crosshair has where to rest: about so many points.
export function dense(points: Points, count: number): Points {
  const {step, lr} = points, last = step[step.length - 1] ?? 0, stride = Math.max(1, Math.ceil(last / count));
  const out: Points = {step: [], lr: []};
  const push = (t: number, v: number) => {
    out.step.push(t);
    out.lr.push(v);
  };
  step.forEach((t, i) => {
    if (i > 0) for (let s = (Math.floor(step[i - 1]! / stride) + 1) * stride; s < t; s += stride) push(s, rateAt(points, s));
    push(t, lr[i]!);
  });
  return out;
}

// A small drawing of it, from 0 to its highest.
export function curvePath({step, lr}: Points, width: number, height: number): string {
  const last = step[step.length - 1] || 1, top = Math.max(...lr) || 1;
  return step.map((t, i) => `${i ? 'L' : 'M'}${((width * t) / last).toFixed(1)} ${(1 + (height - 2) * (1 - lr[i]! / top)).toFixed(1)}`).join('');
}
