// What the compare page keeps in the URL for itself. To the rest of the page these parameters are
// strangers that survive (view.rest), so that nothing of them is in what the first page loads.

export type Band = 'std' | 'sem' | 'minmax';
export type Figure = 'final' | 'best';

// A range of an axis that is kept: numbers from low to high, or some of the words.
export interface Brush {
  key: string;
  low: number;
  high: number;
  words: string[];        // empty: of numbers
}

export interface Settings {
  group: string[];        // parameters, `tag:name` or `project`: runs that agree in these are one line
  band: Band;
  diff: boolean;          // values less the baseline's
  sort: string;           // column of the results, "-" before it for descending; '' = the best first
  all: boolean;           // parameters that do not differ, too
  by: string;             // parameter of the scatter; '' = the first that differs
  figure: Figure;
  scale: '' | 'lin' | 'log';
  brush: Brush[];
}

export const usual: Settings = {
  group: [], band: 'std', diff: false, sort: '', all: false, by: '', figure: 'final', scale: '', brush: [],
};

// Keys may hold the signs that part them in the URL.
const pack = (text: string, signs: RegExp) => text.replace(/%/g, '%25').replace(signs, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
function unpack(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readBrush(text: string): Brush[] {
  const [key = '', ...parts] = text.split('~');
  const words = parts.filter((part) => part.startsWith('=')).map((part) => unpack(part.slice(1)));
  const [low = NaN, high = NaN] = parts.map(Number);
  return key && (words.length || low <= high) ? [{key: unpack(key), low: words.length ? 0 : low, high: words.length ? 0 : high, words}] : [];
}

const writeBrush = ({key, low, high, words}: Brush) =>
  [pack(key, /[~,]/g), ...(words.length ? words.map((word) => `=${pack(word, /[~,]/g)}`) : [low, high])].join('~');

const parts = (text: string) => text.split(',').filter(Boolean);
const among = <T extends string>(all: T[], text: string): T => all.find((one) => one === text) ?? all[0]!;

const params: Record<keyof Settings, {read: (text: string) => unknown; write: (settings: Settings) => string}> = {
  group: {read: (t) => parts(t).map(unpack), write: (s) => s.group.map((key) => pack(key, /,/g)).join()},
  band: {read: (t) => among<Band>(['std', 'sem', 'minmax'], t), write: (s) => s.band},
  diff: {read: (t) => t === '1', write: (s) => (s.diff ? '1' : '')},
  sort: {read: (t) => t, write: (s) => s.sort},
  all: {read: (t) => t === '1', write: (s) => (s.all ? '1' : '')},
  by: {read: (t) => t, write: (s) => s.by},
  figure: {read: (t) => among<Figure>(['final', 'best'], t), write: (s) => s.figure},
  scale: {read: (t) => among(['', 'lin', 'log'], t), write: (s) => s.scale},
  brush: {read: (t) => parts(t).flatMap(readBrush), write: (s) => s.brush.map(writeBrush).join()},
};
const names = Object.keys(params) as (keyof Settings)[];
type Rest = [string, string][];

export function readSettings(rest: Rest): Settings {
  const found: Record<string, unknown> = {};
  for (const [name, text] of rest) if (name in params) found[name] = params[name as keyof Settings].read(text);
  return {...usual, ...found};
}

// Ours in their order, defaults left out, then the strangers.
export function writeSettings(rest: Rest, settings: Settings): Rest {
  const ours = names.map((name): [string, string] => [name, params[name].write(settings)])
    .filter(([name, text]) => text !== params[name as keyof Settings].write(usual));
  return [...ours, ...rest.filter(([name]) => !(name in params))];
}
