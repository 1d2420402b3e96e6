// What is painted on a chart besides its lines: finding bands behind them; end labels, the best
// value and non-finite points over them.
import type {Chart, Plugin} from 'chart.js';
import type {Axis} from '../logic/axis.ts';
import {severityClass} from '../logic/findings.ts';
import type {ChartSpec} from './spec.ts';
import {envelopes} from './envelopes.ts';
import {colors} from './theme.ts';

export interface Scene {
  spec: ChartSpec;
  axis: Axis;
}

const LABEL_GAP = 14, TINTS_MAX = 2;

function bands(chart: Chart, {spec, axis}: Scene) {
  const {ctx, chartArea: area, scales} = chart, paint = colors();
  const ends: number[] = [];     // right edges of the tints so far: at most two lie over each other
  for (const mark of spec.marks) {
    let left = scales.x!.getPixelForValue(axis.toX(mark.from_step));
    let right = mark.ongoing ? area.right : scales.x!.getPixelForValue(axis.toX(mark.to_step));
    if (right < area.left || left > area.right) continue;
    left = Math.max(left, area.left);
    right = Math.max(Math.min(right, area.right), left + 3);
    const kind = severityClass[mark.severity];
    if (ends.filter((end) => end > left).length < TINTS_MAX) {
      ctx.fillStyle = paint.band[kind]!;
      ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
      ends.push(right);
    }
    ctx.fillStyle = paint.edge[kind]!;
    ctx.fillRect(Math.round(left), area.top, 1, area.bottom - area.top);
  }
}

const behind = (chart: Chart, {spec}: Scene) => spec.behind?.(chart, spec);

function endLabels(chart: Chart, {spec}: Scene) {
  const {ctx, chartArea: area, scales} = chart, paint = colors();
  const labels = spec.lines.filter((line) => line.end && line.x.length).map((line) => {
    let i = line.x.length - 1;
    while (i > 0 && line.x[i]! > scales.x!.max) i--;
    const y = scales.y!.getPixelForValue(line.y[i]!);
    return {y: Math.max(area.top + 6, Math.min(area.bottom - 6, y)), line};
  }).sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i]!.y = Math.max(labels[i]!.y, labels[i - 1]!.y + LABEL_GAP);
  ctx.font = `550 11.5px ${paint.font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const {y, line} of labels) {
    ctx.fillStyle = paint.text[line.color]!;
    ctx.fillText(line.end, area.right + 7, y);
  }
}

function best(chart: Chart, {spec}: Scene) {
  if (!spec.best) return;
  const {ctx, chartArea: area, scales} = chart, paint = colors();
  const x = scales.x!.getPixelForValue(spec.best.x), y = scales.y!.getPixelForValue(spec.best.y);
  if (x < area.left - 1 || x > area.right + 1 || y < area.top - 1 || y > area.bottom + 1) return;
  ctx.fillStyle = paint.panel;
  ctx.strokeStyle = paint.line[2]!;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.arc(x, y, 4.5, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
  ctx.font = `550 11.5px ${paint.font}`;
  ctx.fillStyle = paint.text[2]!;
  ctx.textBaseline = 'middle';
  const wide = ctx.measureText(spec.best.text).width, rightward = x - wide - 8 < area.left;
  ctx.textAlign = rightward ? 'left' : 'right';
  const under = y + 17 < area.bottom - 4;
  ctx.fillText(spec.best.text, rightward ? x + 7 : x - 7, under ? y + 15 : y - 15);
}

// On the edge: a cross for each point without a value, a wedge for each that a log axis has no place
// for. What lies in one pixel is marked once.
function onEdge({chartArea: area, scales}: Chart, xs: number[], mark: (x: number, y: number) => void) {
  let lastX = -Infinity;
  for (const at of xs) {
    const x = scales.x!.getPixelForValue(at);
    if (x < area.left - 1 || x > area.right + 1 || Math.abs(x - lastX) < 3) continue;
    lastX = x;
    mark(x, area.bottom);
  }
}

function bad(chart: Chart, {spec}: Scene) {
  const {ctx} = chart;
  ctx.strokeStyle = ctx.fillStyle = colors().critical;
  ctx.lineWidth = 1.75;
  ctx.beginPath();
  onEdge(chart, spec.bad.map((point) => point.x), (x, y) => {
    ctx.moveTo(x - 3.5, y - 8.5);
    ctx.lineTo(x + 3.5, y - 1.5);
    ctx.moveTo(x + 3.5, y - 8.5);
    ctx.lineTo(x - 3.5, y - 1.5);
  });
  ctx.stroke();
  ctx.beginPath();
  onEdge(chart, spec.y?.lost ?? [], (x, y) => {
    ctx.moveTo(x - 4, y - 6);
    ctx.lineTo(x + 4, y - 6);
    ctx.lineTo(x, y);
  });
  ctx.fill();
}

// Lines end at the edge of the plot; marks may stand over it.
export function decorations(scene: () => Scene | null): Plugin<'line'> {
  const painted = (painters: ((chart: Chart, scene: Scene) => void)[]) => (chart: Chart) => {
    const now = scene();
    if (!now) return;
    chart.ctx.save();
    for (const paint of painters) paint(chart, now);
    chart.ctx.restore();
  };
  return {
    id: 'decorations',
    beforeDatasetsDraw: painted([bands, behind, envelopes]),
    afterDatasetsDraw: painted([endLabels, best, bad]),
  };
}
