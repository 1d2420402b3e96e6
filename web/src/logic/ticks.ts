// Labels and places of axis ticks: just as precise as the distance between two ticks asks for.

const MINUS = '−';
const magnitude = (v: number) => Math.floor(Math.log10(Math.abs(v)) + 1e-9);
const gap = (ticks: number[]) => (ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : Math.abs(ticks[0] ?? 1) || 1);

// 0.2, 0.4: as many decimals as the distance has. Small ranges turn to exponents: 2e-4.
export function decimalLabel(v: number, ticks: number[]): string {
  if (v === 0) return '0';
  const step = gap(ticks), largest = Math.max(...ticks.map(Math.abs));
  if (largest < 5e-3 || largest >= 1e6) return exponentLabel(v, step, largest);
  const text = v.toFixed(Math.max(0, -magnitude(step) + (isHalf(step) ? 1 : 0)));
  return text.replace('-', MINUS);
}

// A distance such as 0.25 or 2.5 needs one decimal more than its magnitude.
function isHalf(step: number): boolean {
  const lead = step / 10 ** magnitude(step);
  return Math.abs(lead - Math.round(lead)) > 1e-6;
}

function exponentLabel(v: number, step: number, largest: number): string {
  const decimals = Math.max(0, magnitude(largest) - magnitude(step) + (isHalf(step) ? 1 : 0));
  return v.toExponential(decimals).replace('e+', 'e').replace(/^-/, MINUS);
}

// Powers of ten, and 2 and 5 between them when there are few.
export function logLabel(v: number, ticks: number[]): string {
  const lead = Math.round(v / 10 ** magnitude(v));
  const decades = Math.log10(Math.max(...ticks) / Math.min(...ticks));
  if (lead !== 1 && (decades > 3 || (lead !== 2 && lead !== 5))) return '';
  return v < 1e-3 || v >= 1e5 ? v.toExponential(0).replace('e+', 'e') : String(Number(v.toPrecision(2)));
}

// On an axis up to `largest`: 500, 5k, 24.2k; below ten thousand in full: 1,200.
export function stepLabel(v: number, largest: number): string {
  const short = (n: number, unit: string) => `${Number(n.toFixed(n < 10 ? 2 : 1))}${unit}`;
  if (v >= 1e6) return short(v / 1e6, 'M');
  if (v >= 1000 && largest >= 1e4) return short(v / 1e3, 'k');
  return Number(v.toFixed(2)).toLocaleString('en-US');
}

const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
  86_400, 172_800, 604_800, 1_209_600, 2_592_000];

// Round places on a clock, in seconds; shift moves them to local midnight and full hours.
export function clockTicks(min: number, max: number, wanted: number, shift = 0): number[] {
  const step = CLOCK_STEPS.find((s) => (max - min) / s <= wanted) ?? CLOCK_STEPS[CLOCK_STEPS.length - 1]!;
  const ticks: number[] = [];
  for (let v = Math.ceil((min + shift) / step) * step - shift; v <= max; v += step) ticks.push(v);
  return ticks;
}

// 0, 45 s, 12 m, 1:30 h, 2 d
export function relativeLabel(seconds: number, span: number): string {
  if (seconds === 0) return '0';
  if (span < 120) return `${Math.round(seconds)} s`;
  if (span < 7200) {
    const s = Math.round(seconds) % 60;
    return `${Math.floor(seconds / 60)}${s ? `:${String(s).padStart(2, '0')}` : ''} m`;
  }
  if (span < 259_200) {
    const m = Math.round(seconds / 60) % 60;
    return `${Math.floor(seconds / 3600)}${m ? `:${String(m).padStart(2, '0')}` : ''} h`;
  }
  return `${Number((seconds / 86_400).toFixed(1))} d`;
}

export function clockLabel(seconds: number, span: number): string {
  const date = new Date(seconds * 1000);
  if (span > 4 * 86_400) return date.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'});
  const time = date.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit',
    ...(span < 300 ? {second: '2-digit'} : {})});
  return span > 86_400 && time === '00:00'
    ? date.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'}) : time;
}
