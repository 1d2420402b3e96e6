// A chart as a PNG: twice its size, on a light ground, with title, legend and where it is from.
// Loaded when it is first asked for.
import {toast} from '../state.ts';
import type {ChartProps} from './ChartCard.tsx';
import {Plot} from './plot.ts';
import type {Line} from './spec.ts';
import {colors, inLight} from './theme.ts';

const RATIO = 2, MARGIN = 16, HEAD = 54, FOOT = 26, WIDTH_MIN = 640, HEIGHT_MIN = 280, SWATCH = 22;

const withoutRepeats = (lines: Line[]) =>
  lines.filter((line, i) => line.kind !== 'raw' && lines.findIndex((one) => one.label === line.label && one.kind !== 'raw') === i);

function legend(ctx: CanvasRenderingContext2D, lines: Line[], y: number, end: number) {
  let x = MARGIN;
  for (const line of withoutRepeats(lines)) {
    const wide = ctx.measureText(line.label).width;
    if (x + SWATCH + 6 + wide > end) return;
    ctx.strokeStyle = colors().line[line.color]!;
    ctx.lineWidth = 2;
    ctx.setLineDash(line.dash ? [...line.dash] : line.dashed ? [5, 3] : []);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + SWATCH, y);
    ctx.stroke();
    ctx.fillStyle = colors().axis;
    ctx.fillText(line.label, x + SWATCH + 6, y);
    x += SWATCH + 6 + wide + 18;
  }
}

// Drawn at once, before the page can be painted in these colours.
function draw({spec, x, axis}: ChartProps, shown: HTMLElement): HTMLCanvasElement {
  const width = Math.max(WIDTH_MIN, shown.clientWidth), height = Math.max(HEIGHT_MIN, shown.clientHeight);
  const inner = document.createElement('canvas'), whole = document.createElement('canvas');
  inner.width = width;
  inner.height = height;
  const plot = new Plot(inner, false, () => {}, RATIO);
  plot.set({...spec, mini: false}, x, axis);
  whole.width = (width + 2 * MARGIN) * RATIO;
  whole.height = (HEAD + height + FOOT) * RATIO;
  const ctx = whole.getContext('2d')!, {font, panel, axis: faint} = colors();
  ctx.fillStyle = panel;
  ctx.fillRect(0, 0, whole.width, whole.height);
  ctx.drawImage(inner, MARGIN * RATIO, HEAD * RATIO);
  plot.destroy();
  ctx.scale(RATIO, RATIO);
  ctx.textBaseline = 'middle';
  ctx.fillStyle = '#1a1e24';
  ctx.font = `600 15px ${font}`;
  ctx.fillText(document.title.replace(/^\(\d+\) | · epochd$/g, '') + ` · ${spec.title}${spec.log ? ' (log)' : ''}`, MARGIN, 20);
  ctx.font = `12px ${font}`;
  legend(ctx, spec.lines, 42, width);
  ctx.setLineDash([]);
  ctx.fillStyle = faint;
  ctx.font = `11px ${font}`;
  ctx.fillText(location.href, MARGIN, HEAD + height + FOOT / 2, width);
  return whole;
}

export function savePicture(props: ChartProps) {
  const canvas = document.querySelector(`section[aria-labelledby="chart-${CSS.escape(props.spec.id)}"] .plot`) as HTMLElement;
  let picture: HTMLCanvasElement;
  inLight(() => { picture = draw(props, canvas); });
  picture!.toBlob((blob) => {
    if (!blob) return toast('The picture could not be made');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${props.spec.id.replace(/[^\w.-]+/g, '_')}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, 'image/png');
}
