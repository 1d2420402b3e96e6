// An axis for the values of a parameter: numbers, straight or logarithmic, or words side by side.
import type {Json} from '../../api/types.ts';
import {json, value} from '../format.ts';
import type {Brush} from './settings.ts';

export interface Stop {
  at: number;             // 0 to 1
  text: string;
  v: number;              // NaN of a word
}

export interface Scale {
  kind: 'lin' | 'log' | 'words';
  canLog: boolean;
  at: (v: Json | undefined) => number | null;     // null: no place on it
  from: (at: number) => number;                   // of numbers
  stops: Stop[];                                  // every value there is, rising
  ticks: Stop[];
}

const PAD = 0.06, LOG_FROM = 30, TICKS_MAX = 7;
const isNumber = (v: Json | undefined): v is number => typeof v === 'number' && Number.isFinite(v);

function niceTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5 || 1, decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * decade).find((k) => k >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({length: Math.floor(high / step + 1e-9) - first + 1}, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function logTicks(low: number, high: number): number[] {
  const all: number[] = [];
  for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++) all.push(...[1, 2, 5].map((k) => Number(`${k}e${e}`)));
  const seen = all.filter((v) => v >= low * 0.999 && v <= high * 1.001), tens = seen.filter((v) => /^1/.test(v.toExponential()));
  return tens.length >= 3 || seen.length > TICKS_MAX ? tens : seen;
}

function wordScale(values: Json[]): Scale {
  const words = [...new Set(values.map(json))].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
  const place = (i: number) => (i + 0.5) / words.length;
  const stops = words.map((text, i) => ({at: place(i), text, v: NaN}));
  return {
    kind: 'words', canLog: false, stops, ticks: stops, from: () => NaN,
    at: (v) => { const i = v === undefined ? -1 : words.indexOf(json(v)); return i < 0 ? null : place(i); },
  };
}

export function scaleOf(given: (Json | undefined)[], wanted: '' | 'lin' | 'log' = ''): Scale {
  const values = given.filter((v) => v !== undefined && v !== 'NaN' && v !== 'Infinity' && v !== '-Infinity') as Json[];
  if (!values.length || !values.every(isNumber)) return wordScale(values);
  const numbers = [...new Set(values as number[])].sort((a, b) => a - b);
  const low = numbers[0]!, high = numbers[numbers.length - 1]!;
  const canLog = low > 0, log = canLog && (wanted ? wanted === 'log' : high / low >= LOG_FROM);
  const to = log ? Math.log10 : (v: number) => v, back = log ? (v: number) => 10 ** v : (v: number) => v;
  const a = to(low), span = to(high) - a;
  const place = (v: number) => (span ? PAD + (1 - 2 * PAD) * ((to(v) - a) / span) : 0.5);
  const stop = (v: number) => ({at: place(v), text: value(v), v});
  const marks = numbers.length <= TICKS_MAX && (!span || numbers.every((v, i) => !i || place(v) - place(numbers[i - 1]!) > 0.07)) ? numbers
    : log ? logTicks(low, high) : niceTicks(low, high);
  return {
    kind: log ? 'log' : 'lin', canLog,
    at: (v) => (isNumber(v) && (!log || v > 0) ? place(v) : null),
    from: (at) => back(a + (span * (at - PAD)) / (1 - 2 * PAD)),
    stops: numbers.map(stop), ticks: marks.map(stop),
  };
}

// --- brushes: a range of an axis, from at to at ---

export const ALL: [number, number] = [0, 1];

export function brushRange(brush: Brush | undefined, scale: Scale): [number, number] {
  if (!brush) return ALL;
  const places = (brush.words.length ? brush.words : [brush.low, brush.high]).map((v) => scale.at(v)).filter((at) => at !== null);
  return places.length ? [Math.min(...places), Math.max(...places)] : ALL;
}

// The brush of a range; null where it keeps everything, or nothing.
export function brushOf(key: string, [a, b]: [number, number], scale: Scale): Brush | null {
  const inside = scale.stops.filter(({at}) => at >= a - 1e-9 && at <= b + 1e-9);
  if (!inside.length || inside.length === scale.stops.length) return null;
  if (scale.kind === 'words') return {key, low: 0, high: 0, words: inside.map(({text}) => text)};
  // An end is a value that is there: short in the URL, and nothing is lost to rounding.
  return {key, low: inside[0]!.v, high: inside[inside.length - 1]!.v, words: []};
}

export const keeps = ({low, high, words}: Brush, v: Json | undefined): boolean =>
  (words.length ? v !== undefined && words.includes(json(v)) : isNumber(v) && v >= low && v <= high);
