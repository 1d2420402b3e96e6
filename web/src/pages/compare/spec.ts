// The curves of the comparison as a chart: runs one by one, or groups with their bands. Pure.
import type {ChartSpec, Curve, Envelope, Line} from '../../chart/spec.ts';
import {chartSpec} from '../../chart/spec.ts';
import type {MeanTrace} from '../../logic/compare/mean.ts';
import {splitBand} from '../../logic/compare/mean.ts';
import type {Group} from '../../logic/compare/params.ts';
import type {Trace} from '../../logic/series.ts';
import type {Look} from './look.ts';
import {BASELINE} from './look.ts';

interface Input {
  title: string;
  x: [number, number];
  log: boolean;
  clip: boolean;
  hidden: string[];
  curves: {id: string; label: string; look: Look; trace: Trace}[];
  groups: {group: Group & {look: Look}; mean: MeanTrace}[];
}

const DOTTED = [1, 3];

const isBand = ({mean}: Input['groups'][number]) => Math.max(...mean.n) > 1;

function bandOf({group, mean}: Input['groups'][number]): Envelope {
  const {high, low} = splitBand(mean);
  return {key: group.id, color: group.look.color, x: high.x, min: low.y, max: high.y};
}

function edgesOf({group, mean}: Input['groups'][number]): Line[] {
  return splitBand(mean).edges.map(({x, y}): Line =>
    ({key: group.id, label: '', kind: 'raw', color: group.look.color, x, y, end: '', dashed: false, dash: DOTTED}));
}

export function compareSpec({title, x, log, clip, hidden, curves, groups}: Input): ChartSpec {
  const curve = (id: string, label: string, {color, dash}: Look, trace: Trace, strong = false): Curve =>
    ({trace: {...trace, run: id, metric: id}, label, color, dash: dash.length ? dash : undefined, dashed: dash === BASELINE.dash, strong});
  return chartSpec({
    id: 'compare', title, x, log, clip, hidden, dots: !groups.length,
    curves: [
      ...groups.map(({group, mean}) => curve(group.id, group.label, group.look, {...mean, min: null, max: null}, true)),
      ...curves.map(({id, label, look, trace}) => curve(id, label, look, trace)),
    ],
    references: groups.filter(isBand).flatMap(edgesOf),
    bands: groups.filter(isBand).map(bandOf),
  });
}
