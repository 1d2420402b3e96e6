// What a thinned curve hides between its points: the span of each bucket behind the line, and what
// stands out of it as a stroke, so that one point in a million is seen. What the view cuts off is
// a tick on its edge.
import type {Chart} from 'chart.js';
import type {ChartSpec, Envelope} from './spec.ts';
import {colors} from './theme.ts';

const STANDS_OUT_PX = 2, SPIKE_PX = 9, TICK_PX = 5;

export function envelopes(chart: Chart, {spec}: {spec: ChartSpec}) {
  const {ctx, chartArea: area} = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  ctx.clip();
  ctx.lineJoin = 'round';
  for (const band of spec.bands) ground(chart, colors().line[band.color]!, edgesOf(chart, band));
  for (const envelope of spec.envelopes) span(chart, colors().line[envelope.color]!, edgesOf(chart, envelope));
  if (spec.y && spec.y.above + spec.y.below > 0) ticks(chart, spec);
  ctx.restore();
}

interface Edges {
  xs: number[];
  tops: number[];
  bottoms: number[];
}

function edgesOf({scales}: Chart, {x, min, max}: Envelope): Edges {
  // Values that a log axis does not have lie under its edge.
  const y = (v: number) => { const at = scales.y!.getPixelForValue(v); return Number.isFinite(at) ? at : scales.y!.bottom + 9; };
  return {xs: x.map((v) => scales.x!.getPixelForValue(v)), tops: max.map(y), bottoms: min.map(y)};
}

function ground({ctx}: Chart, color: string, {xs, tops, bottoms}: Edges) {
  ctx.fillStyle = color;
  ctx.globalAlpha = 0.22;
  ctx.beginPath();
  tops.forEach((at, i) => (i ? ctx.lineTo(xs[i]!, at) : ctx.moveTo(xs[i]!, at)));
  for (let i = xs.length - 1; i >= 0; i--) ctx.lineTo(xs[i]!, bottoms[i]!);
  ctx.fill();
  ctx.globalAlpha = 1;
}

function span(chart: Chart, color: string, edges: Edges) {
  const {ctx} = chart, {xs, tops, bottoms} = edges, last = xs.length - 1;
  ground(chart, color, edges);
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.globalAlpha = 0.22;
  const jags = new Path2D(), spikes = new Path2D();
  const stroke = (at: number, from: number, to: number) => {
    const tall = Math.abs(to - from);
    if (tall <= STANDS_OUT_PX) return;
    const path = tall > SPIKE_PX ? spikes : jags;
    path.moveTo(at, from);
    path.lineTo(at, to);
  };
  for (let i = 0; i <= last; i++) {
    const before = Math.max(0, i - 1), after = Math.min(last, i + 1), top = tops[i]!, bottom = bottoms[i]!;
    const roof = Math.min(tops[before]!, tops[after]!), floor = Math.max(bottoms[before]!, bottoms[after]!);
    if (top < roof) stroke(xs[i]!, top, Math.min(roof, bottom));
    if (bottom > floor) stroke(xs[i]!, bottom, Math.max(floor, top));
  }
  ctx.stroke(jags);
  ctx.globalAlpha = 0.85;
  ctx.stroke(spikes);
  ctx.globalAlpha = 1;
}

function ticks({ctx, chartArea: area, scales}: Chart, spec: ChartSpec) {
  const {min, max} = scales.y!;
  const edge = (color: number, xs: number[], values: number[], above: boolean) => {
    ctx.fillStyle = colors().line[color]!;
    let lastX = -Infinity;
    values.forEach((v, i) => {
      if (above ? v <= max : v >= min || (spec.log && v <= 0)) return;
      const x = Math.round(scales.x!.getPixelForValue(xs[i]!));
      if (x - lastX < 2) return;
      lastX = x;
      ctx.fillRect(x - 0.75, above ? area.top : area.bottom - TICK_PX, 1.5, TICK_PX);
    });
  };
  for (const {key, color, x, y, kind} of spec.lines) {
    const envelope = spec.envelopes.find((one) => one.key === key && one.color === color);
    if (kind === 'reference') continue;
    edge(color, x, envelope?.max ?? y, true);
    edge(color, x, envelope?.min ?? y, false);
  }
}
