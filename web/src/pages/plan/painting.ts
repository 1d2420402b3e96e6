// What the planner draws behind its lines.
import type {Chart} from 'chart.js';
import type {Line, Painter} from '../../chart/spec.ts';
import {alpha, colors} from '../../chart/theme.ts';

// The area under a curve to a pixel of the x axis.
function under(chart: Chart, {x, y, color}: Line, right: number) {
  const {ctx, chartArea: area, scales} = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, right - area.left, area.bottom - area.top);
  ctx.clip();
  ctx.beginPath();
  ctx.moveTo(area.left, area.bottom);
  x.forEach((v, i) => ctx.lineTo(scales.x!.getPixelForValue(v), Math.min(area.bottom, scales.y!.getPixelForValue(y[i]!))));
  ctx.lineTo(area.right, area.bottom);
  ctx.fillStyle = alpha(colors().line[color]!, 0.07);
  ctx.fill();
  ctx.restore();
}

// The area of the line that is worked on, and another ground after the end of the run: what comes
// there is drawn, but trains nothing.
export const afterEnd = (end: number, label: string): Painter => (chart, spec) => {
  const {ctx, chartArea: area, scales} = chart, paint = colors();
  const x = Math.round(scales.x!.getPixelForValue(end));
  const strong = spec.lines.find((line) => line.strong);
  if (strong && !spec.log) under(chart, strong, Math.min(x, area.right));
  if (x < area.left || x > area.right) return;
  ctx.fillStyle = alpha(paint.axis, 0.07);
  ctx.fillRect(x, area.top, area.right - x, area.bottom - area.top);
  ctx.fillStyle = alpha(paint.axis, 0.55);
  ctx.fillRect(x, area.top, 1, area.bottom - area.top);
  ctx.font = `11px ${paint.font}`;
  ctx.fillStyle = paint.axis;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  ctx.save();
  const fits = !spec.log && ctx.measureText(label).width + 12 < area.right - x;
  ctx.translate(fits ? x + 6 : area.right - 15, area.top + 4);     // else upright at the edge; a log axis has its lines where it would lie
  if (!fits) {
    ctx.rotate(Math.PI / 2);
    ctx.textBaseline = 'bottom';
  }
  if (fits || area.right - x > 20) ctx.fillText(label, 0, 0);
  ctx.restore();
};
