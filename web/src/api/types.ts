// The shapes of docs/api.md, as far as the page reads them.

// A non-finite number comes as a word.
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';

export type Role = 'train_loss' | 'val_loss' | 'lr' | 'train_metric' | 'val_metric';
export type Severity = 'error' | 'warning' | 'info';
export type Verdict = 'good' | 'watch' | 'bad' | 'too_early';
export type Status = 'running' | 'finished' | 'failed';
export type Json = null | boolean | number | string | Json[] | {[key: string]: Json};

export interface Run {
  id: string;
  name: string | null;
  project: string | null;
  status: Status;
  created: string;
  updated: string;
  x: 'epoch' | 'step';
  last_step: number | null;
  epochs: number | null;
  config: Record<string, Json> | null;
  tags: Record<string, Json> | null;
  note: string | null;
  baseline: string | null;
  schedule: Record<string, Json> | null;
  roles: Record<Role, string | null>;
  last: Partial<Record<Role, Num | null>>;
  best: Partial<Record<Role, {value: Num; step: number} | null>>;
  verdict: Verdict;
  findings: Record<Severity, number>;
  metrics?: Metric[];
}

export interface Metric {
  name: string;
  count: number;
  nonfinite: number;
  min: Num | null;
  max: Num | null;
  last: Num | null;
  first_step: number;
  last_step: number;
}

export interface RunPage {
  runs: Run[];
  next: string | null;
  total: number;
}

export interface Series {
  run: string;
  metric: string;
  count: number;
  downsampled: boolean;
  x: number[];
  value: Num[];
  min?: Num[];
  max?: Num[];
  smooth?: Num[];
  std?: Num[];           // these three of a mean over runs
  sem?: Num[];
  n?: number[];
  nonfinite?: {x: number; kind: string}[];
}

export interface SeriesAnswer {
  cursor: string;
  x: string;
  series: Series[];
}

export interface EpochTable {
  run: string;
  x: string;
  columns: string[];
  epochs: Record<string, Num>[];
}

export interface Spec {
  type: string;
  [parameter: string]: Json;
}

export interface Reference {
  source: 'declared' | 'fitted' | 'none';
  spec: Spec | null;
  step: number[];
  lr: number[];
  observed: {
    points: number;
    shift: number;
    averaged: boolean;
    every: number;
    logged: string | null;
    max_relative: Num | null;
    rms_relative: Num | null;
    max_at: number | null;
    leaves_at: number | null;
    off_until: number | null;
    tolerance: number;
  } | null;
  notes: string[];
  code: string;
}

export interface Finding {
  rule: string;
  title: string;
  severity: Severity;
  metric: string | null;
  from_step: number;
  to_step: number;
  ongoing: boolean;
  message: string;
  evidence: Record<string, Num>;
  units: Record<string, string>;
  cause: string | null;
  param: string | null;
  advice: string;
}

export interface Check {
  check: string;
  status: 'pass' | 'fail' | 'unknown';
  because: string;
}

export interface Diagnosis {
  run: string;
  verdict: Verdict;
  checked_to_step: number | null;
  rules_checked: number;
  checks: Check[];
  findings: Finding[];
  muted: Muted[];
  history?: CameAndWent[];    // not in the live stream
}

export interface Muted {
  rule: string;
  reason: string;
  muted_at: string;
  message: string | null;     // what it would say now
}

export interface CameAndWent {
  rule: string;
  metric: string | null;
  severity: Severity;
  opened_step: number | null;
  opened_at: string;
  closed_step: number | null;
  closed_at: string | null;
}

export interface Rule {
  rule: string;
  title: string;
  about: string;
}

export type Framework = 'pytorch' | 'lightning' | 'huggingface' | 'keras';
export type Past = 'stays' | 'climbs' | 'restarts' | 'ends' | 'goes_on';

export interface Area {
  sum: number;
  constant: number;
  ratio: number;
}

export interface Curve {
  spec: Spec;
  steps: number;             // of the run; the curve goes on
  step: number[];
  lr: number[];
  length: number;            // 0: it has no end
  past: Past;                // what it does after its length
  lowest: {step: number; lr: number};
  last_lr: number;
  area: Area;
  notes: string[];
  code: string;
  snippets: Record<Framework, string>;
}

export interface Plan {
  epochs: number;
  cycles: number;
  T_max: number;
  spec: Spec;
  step: number[];
  notes: string[];
  plain: {spec: Spec; lr: number[]};
  alternatives: {spec: Spec; lr: number[]; area: Area; notes: string[]}[];
}

export interface ScheduleParam {
  name: string;
  required: boolean;
  optional: boolean;
  integer: boolean;
  default: number | string | boolean | null;
  words?: string[];
  min?: number;
  above?: number;
  max?: number;
}

export interface ScheduleType {
  type: string;
  framework: string;
  about: string;
  list: string | null;           // its parameter that is a list
  length_param: string | null;   // the one that says how long it is
  floor_param: string | null;    // the one that says how low it gets
  past: Past;
  alone: boolean;                // no part of a SequentialLR
  params: ScheduleParam[];
}

export interface ComparedRun {
  run: string;
  name: string | null;
  final: Num | null;
  best: Num | null;
  best_step: number | null;
  area: Num | null;
  last_step: number | null;
  count: number;
  duration_s: Num | null;
  delta: Num | null;
  delta_percent: Num | null;
  verdict: 'baseline' | 'better' | 'worse' | 'same' | 'unknown';
}

export interface Comparison {
  metric: string;
  higher_is_better: boolean;
  baseline: string | null;
  runs: ComparedRun[];
  config_differences: {key: string; values: Record<string, Json>}[];
}

export interface ServerInfo {
  version: string;
}

export interface PointsEvent {
  run: string;
  reload?: boolean;
  series?: {metric: string; x: number[]; value: Num[]}[];
}
