// What is shown, as the URL says it. Defaults are left out, the order is fixed, parameters that
// are not ours survive, and a bad value falls back to the default.

export type Page = 'runs' | 'run' | 'compare' | 'plan' | 'docs' | 'nothing';
export type XMode = 'step' | 'epoch' | 'relative' | 'time';
export type Aggregate = 'none' | 'std' | 'minmax';

export interface View {
  page: Page;
  id: string;                    // of the run, or the name of the document
  q: string;
  project: string;
  status: string;
  sort: string;                  // column, "-" before it for descending
  runs: string[];                // chosen runs
  base: string;                  // run to compare with
  metric: string;
  x: XMode;
  log: boolean;
  halfLife: number | null;       // in steps; null = chosen for the run
  clip: boolean;
  bands: boolean;                // findings drawn on the charts
  from: number | null;           // in steps, whatever the x axis shows
  to: number | null;
  hide: string[];                // lines switched off
  pin: number | null;            // crosshair held at this step
  finding: string;
  epochs: number;                // of the planner: how long the run is
  steps: number | null;          // the same in steps; null: it is planned in epochs
  cycles: number;                // schedule a is a plan from these while `a` is ''
  baseLr: number;
  etaMin: number;
  warmup: number;
  a: string;                     // the schedules that are planned, as logic/lanes.ts writes them
  b: string;
  c: string;
  d: string;
  on: string;                    // the one that is worked on: a letter
  code: string;                  // the framework whose code is shown
  run: string;                   // the run that the schedule is for
  of: string;                    // a run whose schedule is asked for, until it is known
  rest: [string, string][];
}

interface Param<K extends keyof View = keyof View> {
  name: string;
  key: K;
  pages: Page[];
  read: (text: string) => View[K] | undefined;   // undefined: not a value of this parameter
  write: (value: View[K]) => string;
}

const text = (t: string) => t;
const flag = {read: (t: string) => (t === '0' ? false : t === '1' ? true : undefined),
              write: (v: boolean) => (v ? '1' : '0')};
const list = {read: (t: string) => t.split(',').filter(Boolean), write: (v: string[]) => v.join(',')};
function number(min: number, max = Infinity, integer = false) {
  return {
    read(t: string) {
      const n = Number(t);
      return t.trim() && Number.isFinite(n) && n >= min && n <= max && (!integer || Number.isInteger(n)) ? n : undefined;
    },
    write: (v: number | null) => (v === null ? '' : String(v)),
  };
}
function oneOf<T extends string>(...all: T[]) {
  return {read: (t: string) => all.find((one) => one === t), write: (v: T) => v};
}

const charts: Page[] = ['run', 'compare'];
function param<K extends keyof View>(name: string, key: K, pages: Page[],
                                     how: {read: (t: string) => View[K] | undefined; write: (v: never) => string}): Param {
  return {name, key, pages, read: how.read, write: how.write as (v: View[keyof View]) => string};
}

const params: Param[] = [
  param('q', 'q', ['runs'], {read: text, write: text}),
  param('project', 'project', ['runs'], {read: text, write: text}),
  param('status', 'status', ['runs'], oneOf('', 'running', 'finished', 'failed')),
  param('sort', 'sort', ['runs'], {read: text, write: text}),
  param('runs', 'runs', ['runs', 'compare'], list),
  param('base', 'base', ['compare'], {read: text, write: text}),
  param('metric', 'metric', ['compare'], {read: text, write: text}),
  param('x', 'x', charts, oneOf<XMode>('step', 'epoch', 'relative', 'time')),
  param('y', 'log', [...charts, 'plan'], {read: (t) => (t === 'log' ? true : t === 'lin' ? false : undefined),
                             write: (v: boolean) => (v ? 'log' : 'lin')}),
  param('hl', 'halfLife', charts, number(0, 1e6)),
  param('clip', 'clip', charts, flag),
  param('findings', 'bands', ['run'], flag),
  param('from', 'from', charts, number(0)),
  param('to', 'to', charts, number(0)),
  param('hide', 'hide', ['run', 'compare', 'plan'], list),
  param('pin', 'pin', [...charts, 'plan'], number(0)),
  param('f', 'finding', ['run'], {read: text, write: text}),
  param('epochs', 'epochs', ['plan'], number(1, 1e6, true)),
  param('steps', 'steps', ['plan'], number(1, 1e6, true)),
  param('cycles', 'cycles', ['plan'], number(1, 1e6, true)),
  param('base_lr', 'baseLr', ['plan'], number(Number.MIN_VALUE)),
  param('eta_min', 'etaMin', ['plan'], number(0)),
  param('warmup', 'warmup', ['plan'], number(0, 1e6, true)),
  ...(['a', 'b', 'c', 'd', 'on', 'code', 'run', 'of'] as const).map((name) => param(name, name, ['plan'], {read: text, write: text})),
];

export const defaults: View = {
  page: 'runs', id: '', q: '', project: '', status: '', sort: '', runs: [], base: '', metric: '',
  x: 'step', log: false, halfLife: null, clip: true, bands: true, from: null, to: null, hide: [],
  pin: null, finding: '', epochs: 50, steps: null, cycles: 1, baseLr: 0.1, etaMin: 0, warmup: 0,
  a: '', b: '', c: '', d: '', on: '', code: '', run: '', of: '', rest: [],
};

function pageOf(path: string): {page: Page; id: string} {
  const [first = '', second = '', ...more] = path.split('/').filter(Boolean);
  if (more.length) return {page: 'nothing', id: ''};
  if ((first === 'run' || first === 'docs') && second) return {page: first, id: safeDecode(second)};
  if (second) return {page: 'nothing', id: ''};
  if (first === '' || first === 'runs') return {page: 'runs', id: ''};
  return {page: first === 'compare' || first === 'plan' || first === 'docs' ? first : 'nothing', id: ''};
}

export function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parseView(path: string, search: string): View {
  const place = pageOf(path);
  const view: View = {...defaults, ...place, rest: []};
  for (const [name, given] of new URLSearchParams(search)) {
    const known = params.find((p) => p.name === name && p.pages.includes(place.page));
    if (!known) view.rest.push([name, given]);
    else Object.assign(view, {[known.key]: known.read(given) ?? defaults[known.key]});
  }
  if (view.from !== null && view.to !== null && view.from >= view.to) view.from = view.to = null;
  return view;
}

// Readable: commas, colons and slashes stay as they are.
const escape = (t: string) =>
  encodeURIComponent(t).replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%20/g, '+');

export function viewAddress(view: View): string {
  const path = view.id ? `/${view.page}/${encodeURIComponent(view.id)}` : `/${view.page}`;
  const ours = params.filter((p) => p.pages.includes(view.page))
    .map((p) => [p.name, p.write(view[p.key]), p.write(defaults[p.key])] as const)
    .filter(([, now, usual]) => now !== usual)
    .map(([name, now]) => `${name}=${escape(now)}`);
  const others = view.rest.map(([name, given]) => `${escape(name)}=${escape(given)}`);
  const query = [...ours, ...others].join('&');
  return path + (query && `?${query}`);
}

// The same settings of charts carried to another page; the planner's chart is one of its own.
export function moveTo(view: View, page: Page, change: Partial<View> = {}): View {
  const log = view.log && page !== 'plan' && view.page !== 'plan';
  return {...defaults, x: view.x, log, clip: view.clip, page, ...change};
}
