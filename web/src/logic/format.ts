// Numbers and times as a person reads them. Every function takes what the API gives.
import type {Json, Num} from '../api/types.ts';

const MINUS = '−', NONE = '–';
const grouped = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});

export function numberOf(value: Num | null | undefined): number {
  return value === null || value === undefined ? NaN : Number(value);
}

const word = (v: number) => (Number.isNaN(v) ? 'NaN' : v > 0 ? '∞' : `${MINUS}∞`);
const signed = (text: string) => text.replace(/^-/, MINUS);

// 24,180
export const count = (n: number) => grouped.format(n);
export const plural = (n: number, noun: string) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

// 0.4999, 12.3, 1.02e-4: at most `digits` significant digits, no padding.
export function value(v: Num | null | undefined, digits = 4): string {
  if (v === null || v === undefined) return NONE;
  const n = Number(v);
  if (!Number.isFinite(n)) return word(n);
  if (n === 0) return '0';
  const size = Math.abs(n);
  if (size < 1e-3 || size >= 1e6) return signed(exponent(n, Math.min(digits, 3) - 1));
  const short = Number(n.toPrecision(digits));
  return signed(size >= 1e4 ? count(short) : String(short));
}

// 1.02e-4, 3e-4
function exponent(n: number, decimals: number): string {
  return n.toExponential(decimals).replace(/\.?0+e/, 'e').replace('e+', 'e');
}

// The decimals that a column of such values needs to be read aligned: as many as the values use,
// at most what makes four significant digits of a typical one.
export function decimalsFor(values: number[]): number {
  const finite = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  if (!finite.length) return 0;
  const typical = [...finite].sort((a, b) => a - b)[finite.length >> 1]!;
  const most = Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(typical))));
  for (let d = 0; d < most; d++) {
    if (finite.every((v) => Math.abs(v - Number(v.toFixed(d))) < 1e-9 * v)) return d;
  }
  return most;
}

export function fixed(v: Num | null | undefined, decimals: number): string {
  if (v === null || v === undefined) return NONE;
  const n = Number(v);
  return Number.isFinite(n) ? signed(n.toFixed(decimals)) : word(n);
}

// Several values with the same number of decimals, for reading them under each other.
export function aligned(values: number[]): string[] {
  const texts = values.map((v) => value(v));
  if (texts.some((text) => text.includes('e'))) return texts;
  const decimals = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0));
  return values.map((v) => fixed(v, decimals));
}

// A learning rate in a column: 0.095, 1.50e-4.
export function rate(v: Num | null | undefined): string {
  const text = value(v), n = Number(v);
  return text.includes('e') && Math.abs(n) < 1e-3 ? signed(n.toExponential(2)) : text;
}

// +21.7 %
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio)) return NONE;
  const size = Math.abs(ratio * 100);
  const text = size >= 1000 ? count(size) : size.toFixed(1);
  return `${ratio < 0 ? MINUS : '+'}${text} %`;
}
export const change = (from: number, to: number) => percent(to / from - 1);

export function difference(v: number, digits = 3): string {
  if (!Number.isFinite(v)) return NONE;
  return `${v < 0 ? '' : '+'}${value(v, digits)}`;
}

// 1 h 17 m, 45 s, 2 d 3 h
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s < 600 && s % 60 ? `${Math.floor(s / 60)} m ${s % 60} s` : `${Math.floor(s / 60)} m`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${String(Math.floor(s / 60) % 60).padStart(2, '0')} m`;
  return `${Math.floor(s / 86_400)} d ${Math.floor(s / 3600) % 24} h`;
}

// 4 s ago, 2 h ago, yesterday, 12 Nov, 12 Nov 2025
export function ago(time: number, now: number): string {
  const s = (now - time) / 1000;
  if (s < 5) return 'just now';
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  if (s < 172_800) return 'yesterday';
  const then = new Date(time), year = then.getFullYear() === new Date(now).getFullYear();
  return then.toLocaleDateString('en-GB', {day: 'numeric', month: 'short', ...(year ? {} : {year: 'numeric'})});
}

export const dateTime = (time: number) =>
  new Date(time).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});

// A configuration value on one line.
export function json(v: Json | undefined): string {
  if (v === undefined) return NONE;
  if (typeof v === 'string') return v;
  if (typeof v === 'number') return Number.isInteger(v) ? String(v) : value(v, 6);
  return JSON.stringify(v);
}

// "val_loss_not_rising" -> "Validation loss not rising"
export function words(name: string): string {
  const text = name.replace(/_/g, ' ')
    .replace(/\bval\b/g, 'validation').replace(/\btrain loss\b/g, 'training loss')
    .replace(/\blr\b/g, 'learning rate');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
