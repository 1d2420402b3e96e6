// The one place that knows Chart.js: mount on a canvas, set a spec, tell where things are.
import type {ChartDataset, Scale} from 'chart.js';
import {Chart, LineController, LineElement, LinearScale, LogarithmicScale, PointElement} from 'chart.js';
import type {Axis} from '../logic/axis.ts';
import {lowerBound, yView} from '../logic/series.ts';
import * as ticks from '../logic/ticks.ts';
import {decorations} from './decorations.ts';
import type {ChartSpec, Line} from './spec.ts';
import {alpha, colors, forcedDash} from './theme.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);

export interface Layout {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: [number, number];
  y: [number, number];
}

const END_LABEL_WIDTH = 48, Y_WIDTH = 52, Y_WIDTH_MINI = 44, DOTS_MAX = 60, THIN_FROM = 9;
const TALL = 240;
const DOT_ROOM = {left: 3, right: 3, top: 2, bottom: 2};    // a dot on the edge is seen whole
const plots = new Set<Plot>();
addEventListener('beforeprint', () => plots.forEach((plot) => plot.chart.resize()));

const values = (scale: Scale) => scale.ticks.map((tick) => tick.value);

// The last tick is the end of the data: one just before it would touch its label.
function makeRoom({ticks: all}: Scale) {
  const n = all.length;
  if (n > 3 && all[n - 1]!.value - all[n - 2]!.value < 0.6 * (all[n - 2]!.value - all[n - 3]!.value)) all.splice(n - 2, 1);
}

export class Plot {
  readonly chart: Chart<'line'>;
  private scene: {spec: ChartSpec; axis: Axis} | null = null;
  private last = '';

  // ratio: a picture of so many pixels for each of its size, which then stays.
  constructor(canvas: HTMLCanvasElement, private mini: boolean, private onLayout: (layout: Layout) => void, ratio?: number) {
    this.chart = new Chart(canvas, {
      type: 'line',
      data: {datasets: []},
      plugins: [decorations(() => this.scene), {id: 'layout', afterRender: (chart) => this.tellLayout(chart)}],
      options: {
        animation: false, responsive: !ratio, devicePixelRatio: ratio, maintainAspectRatio: false,
        parsing: false, normalized: true, spanGaps: true, events: [],
        layout: {padding: {top: mini ? 4 : 6, right: mini ? 8 : 16}},
        elements: {line: {tension: 0, borderJoinStyle: 'round'}},
        plugins: {legend: {display: false}, tooltip: {enabled: false}},
        scales: {x: this.xOptions(), y: this.yOptions('linear')},
      },
    });
    plots.add(this);
  }

  set(spec: ChartSpec, x: [number, number], axis: Axis) {
    this.scene = {spec, axis};
    const {options} = this.chart, scales = options.scales as Record<string, ReturnType<Plot['xOptions']>>;
    const type = spec.log ? 'logarithmic' : 'linear';
    if (scales.y!.type !== type) scales.y = this.yOptions(type) as never;
    const longest = Math.max(0, ...spec.lines.map((line) => line.end.length));
    if (longest) options.layout!.padding = {top: 6, right: longest === 1 ? 22 : END_LABEL_WIDTH};
    const pad = x[0] === x[1] ? 0.5 : 0;
    Object.assign(scales.x!, {min: x[0] - pad, max: x[1] + pad});
    const [min, max] = yView(spec.y ?? (spec.log ? {low: 0.1, high: 1} : {low: 0, high: 1}), spec.log);
    Object.assign(scales.y!, {min, max});
    Object.assign(scales.y!.ticks, {padding: spec.behind ? 12 : 6});     // room for what stands on the axis
    scales.y!.ticks.maxTicksLimit = this.mini ? 6 : this.chart.height < TALL ? 5 : 8;
    this.chart.data.datasets = spec.lines.map((line) => this.dataset(line, spec, x));
    this.chart.update('none');
  }

  // Everything is read from the style sheet while drawing: call after a change of theme.
  repaint() {
    if (this.scene) this.set(this.scene.spec, this.range(), this.scene.axis);
  }

  yPixel(v: number): number {
    const {top, bottom} = this.chart.chartArea;
    return Math.max(top, Math.min(bottom, this.chart.scales.y!.getPixelForValue(v)));
  }

  isLog(): boolean {
    return this.scene?.spec.log ?? false;
  }

  destroy() {
    plots.delete(this);
    this.chart.destroy();
  }

  private range(): [number, number] {
    return [this.chart.scales.x!.min, this.chart.scales.x!.max];
  }

  // Also called by Chart.js while it is being made.
  private tellLayout(chart: Chart) {
    if (!this.scene || !chart.chartArea) return;
    const {left, right, top, bottom} = chart.chartArea, {x, y} = chart.scales;
    const layout: Layout = {left, right, top, bottom, x: [x!.min, x!.max], y: [y!.min, y!.max]};
    const text = JSON.stringify(layout);
    if (text === this.last) return;
    this.last = text;
    this.onLayout(layout);
  }

  private dataset(line: Line, spec: ChartSpec, x: [number, number]): ChartDataset<'line'> {
    const color = colors().line[line.color]!, hairline = 1 / devicePixelRatio;
    const many = spec.lines.filter((other) => other.kind === 'main').length >= THIN_FROM;
    const seen = lowerBound(line.x, x[1]) - lowerBound(line.x, x[0]) + 1;
    const dots = line.kind === 'main' && !line.dashed && spec.dots && (seen <= 2 || (seen <= DOTS_MAX && !spec.mini && !many));
    const style = {
      main: {borderColor: color, borderWidth: many ? hairline : spec.mini ? 1.5 : line.strong ? 2.25 : 1.75},
      reference: {borderColor: alpha(color, 0.9), borderWidth: 1.25},
      raw: {borderColor: alpha(color, line.dash ? 0.9 : 0.3), borderWidth: line.dash ? 1 : hairline},
    }[line.kind];
    const points = line.x.map((px, i) => ({x: px, y: line.y[i]!}));
    return {
      data: spec.log ? points.filter(({y}) => y > 0) : points,    // a log axis would put 0 on its edge
      ...style,
      borderDash: line.dash ? [...line.dash] : line.dashed ? [5, 4] : forcedDash(line.color),
      pointRadius: dots ? (seen === 1 ? 3 : 2) : 0,
      clip: DOT_ROOM,
      pointHitRadius: 0,
      pointBorderWidth: 0,
      pointBackgroundColor: color,
    };
  }

  private tickFont = () => ({size: 11, family: colors().font});

  private xOptions() {
    return {
      type: 'linear' as const,
      afterBuildTicks: (scale: Scale) => this.clockTicks(scale),
      border: {display: false},
      grid: {display: false},
      ticks: {
        maxRotation: 0, maxTicksLimit: this.mini ? 5 : 11, color: () => colors().axis, font: this.tickFont,
        callback: this.xLabels(),
      },
    };
  }

  private clockTicks(scale: Scale) {
    const mode = this.scene?.axis.mode, wanted = Math.max(2, scale.chart.width / 100);
    if (mode !== 'relative' && mode !== 'time') return makeRoom(scale);
    const shift = mode === 'time' ? -new Date(scale.min * 1000).getTimezoneOffset() * 60 : 0;
    scale.ticks = ticks.clockTicks(scale.min, scale.max, wanted, shift).map((value) => ({value}));
  }

  private xLabels() {
    const mode = () => this.scene?.axis.mode;
    return function label(this: Scale, given: number | string): string {
      const v = Number(given), span = this.max - this.min;
      if (mode() === 'relative') return ticks.relativeLabel(v, span);
      if (mode() === 'time') return ticks.clockLabel(v, span);
      return Number.isInteger(v) || span < 4 ? ticks.stepLabel(v, this.max) : '';
    };
  }

  private yOptions(type: 'linear' | 'logarithmic') {
    const width = this.mini ? Y_WIDTH_MINI : Y_WIDTH;
    return {
      type,
      // The same width on every chart: plot areas line up, and so does the crosshair.
      afterFit: (scale: Scale) => { scale.width = width; },
      border: {display: false},
      grid: {drawTicks: false, color: () => colors().grid},
      ticks: {
        includeBounds: false, padding: 6, color: () => colors().axis, font: this.tickFont,
        callback(this: Scale, v: number | string) {
          return (type === 'linear' ? ticks.decimalLabel : ticks.logLabel)(Number(v), values(this));
        },
      },
    };
  }
}
