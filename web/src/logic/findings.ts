// Findings as the page shows them: lettered, in order, tied to charts and epochs.
import type {CameAndWent, Diagnosis, Finding, Num, Severity} from '../api/types.ts';
import * as format from './format.ts';

export interface Lettered extends Finding {
  letter: string;
  key: string;          // the same finding keeps it over a recomputation
}

export const severityClass: Record<Severity, string> = {error: 'crit', warning: 'warn', info: 'info'};
export const severityWord: Record<Severity, string> = {error: 'critical', warning: 'warning', info: 'information'};
const rank: Record<Severity, number> = {error: 0, warning: 1, info: 2};

export function letters(diagnosis: Diagnosis | null): Lettered[] {
  const sorted = [...(diagnosis?.findings ?? [])].sort((a, b) =>
    Number(b.ongoing) - Number(a.ongoing) || rank[a.severity] - rank[b.severity] || a.from_step - b.from_step);
  const seen = new Map<string, number>();
  return sorted.map((finding, i) => {
    const name = finding.metric ? `${finding.rule}-${finding.metric}` : finding.rule;
    const again = seen.get(name) ?? 0;
    seen.set(name, again + 1);
    return {...finding, letter: letter(i), key: again ? `${name}-${again + 1}` : name};
  });
}

function letter(i: number): string {
  return i < 26 ? String.fromCharCode(65 + i) : letter(Math.floor(i / 26) - 1) + letter(i % 26);
}

// Whether the finding is about a stretch of the run; the rest is about the run as such.
export const isDrawn = (finding: Finding) => finding.metric !== null && finding.to_step >= finding.from_step;

export const onMetrics = (findings: Lettered[], metrics: string[]) =>
  findings.filter((f) => isDrawn(f) && metrics.includes(f.metric!));

export const atStep = (findings: Lettered[], step: number) =>
  findings.filter((f) => isDrawn(f) && step >= f.from_step && (step <= f.to_step || f.ongoing));

// From when to when something held that is over.
export function spanText({opened_step, closed_step}: CameAndWent, unit: string): string {
  const from = opened_step === null ? 'the start' : format.count(opened_step);
  return `${unit} ${from} – ${closed_step === null ? 'now' : format.count(closed_step)}`;
}

export function whenText(finding: Finding, unit: string): string {
  const from = format.count(finding.from_step), to = format.count(finding.to_step);
  if (finding.metric === null) return '';
  if (finding.ongoing) return `since ${unit} ${from}`;
  return from === to ? `${unit} ${from}` : `${unit} ${from} – ${to}`;
}

// name, value and unit of each figure
export function evidenceRows(finding: Finding): {name: string; value: string; unit: string}[] {
  return Object.entries(finding.evidence).map(([name, given]) => {
    const unit = finding.units[name] ?? '';
    return {name: format.words(name).toLowerCase(), ...figure(given, unit)};
  });
}

function figure(given: Num, unit: string): {value: string; unit: string} {
  const n = Number(given);
  if (unit === 'epoch' || unit === 'step') return {value: `${unit} ${format.count(n)}`, unit: ''};
  if (unit === 'epochs' || unit === 'steps') return {value: format.count(n), unit};
  if (unit === '%') return {value: `${format.value(n, 3)} %`, unit: ''};
  if (unit === 'ratio') return {value: `${format.value(n, 3)} ×`, unit: ''};
  return {value: format.value(given, 4), unit};
}

export const adviceLines = (finding: Finding) => finding.advice.split('\n').map((line) => line.trim()).filter(Boolean);

// The row's findings: those that hold somewhere in [from, to].
export const within = (findings: Lettered[], from: number, to: number) =>
  findings.filter((f) => isDrawn(f) && f.from_step <= to && (f.ongoing || f.to_step >= from));
