// Draws a small calm chart as SVG: panels above each other with one x axis, curves named at their
// ends, the region of a finding behind them and one sentence about it on top. The colours are those
// of the page, in light and dark; without style sheets (a strict host) the light ones stay.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../support/epochd.mjs';

const WIDTH = 560, LEFT = 46, RIGHT = 466, TOP = 26, BOTTOM = 24, GAP = 14;
// On a phone the picture shrinks to about 0.6 of its size, the words less.
const PHONE = 400, FONT = 12, FONT_PHONE = 17, LABEL_GAP = 18, LETTER = 9.7;
const FAMILY = 'Inter,system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif';

// Classes of lines, areas and words: which tokens of the page colour them.
const strokes = {grid: 'grid', train: 'c1', val: 'c2', metric: 'c3', lr: 'c4', ref: 'c8', w: 'warn-line', c: 'crit-line', i: 'info-line'};
const fills = {
  wb: 'warn-band', cb: 'crit-band', ib: 'info-band', axis: 'axis', traint: 'c1t', valt: 'c2t', metrict: 'c3t', lrt: 'c4t', reft: 'c8t',
  wt: 'warn', ct: 'crit', it: 'info',
};
const severities = {warning: 'w', error: 'c', info: 'i'};

function tokens() {
  const css = readFileSync(join(root, 'web/src/style/tokens.css'), 'utf8');
  const read = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+): ([^;]+);/g)].map((m) => [m[1], m[2]]));
  return {light: read(/:root \{([^}]*)\}/.exec(css)[1]), dark: read(/:root\[data-theme="dark"\] \{([^}]*)\}/.exec(css)[1])};
}
const {light, dark} = tokens();

const escape = (text) => text.replace(/[&<>]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[c]);
const place = (value) => String(Number(value.toFixed(1)));
const line = (name, more) => `class="${name}" stroke="${light[strokes[name]]}"${more ? ` ${more}` : ''}`;
const fill = (name) => `class="${name}" fill="${light[fills[name]]}"`;
const words = (x, y, text, name, more = '') => `<text x="${place(x)}" y="${place(y)}" ${fill(name)}${more}>${escape(text)}</text>`;

// Only the rules of what is drawn.
function style(body) {
  const used = (name) => body.includes(`class="${name}"`);
  const rule = (property, table) => Object.entries(table).filter(([name]) => used(name)).map(([name, token]) => `.${name}{${property}:${dark[token]}}`).join('');
  return `<style>:root{color-scheme:light dark}@media(prefers-color-scheme:dark){${rule('stroke', strokes)}${rule('fill', fills)}}` +
    `@media(max-width:${PHONE}px){text{font-size:${FONT_PHONE}px}}</style>`;
}

// At most `most` round numbers within [low, high].
function ticks(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const step = [1, 2, 5, 10, 20].map((n) => n * power).find((size) => Math.floor(high / size + 1e-9) - Math.ceil(low / size - 1e-9) < most);
  const out = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) out.push(Number((n * step).toPrecision(6)));
  return out;
}

function scale(low, high, from, to) {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

function path(curve, x, y) {
  const points = curve.points.filter((point) => Number.isFinite(point[1]));
  return `M${points.map(([at, value]) => `${place(x(at))} ${place(y(value))}`).join('L')}`;
}

function drawCurves(panel, x, y) {
  const lines = panel.curves.map((curve) => `<path d="${path(curve, x, y)}" ${line(curve.is, curve.dashed ? 'stroke-dasharray="5 4"' : 'stroke-width="1.75"')}/>`);
  const dots = panel.curves.filter((curve) => curve.dots).flatMap((curve) =>
    curve.points.map(([at, value]) => `<circle cx="${place(x(at))}" cy="${place(y(value))}" r="2" ${fill(`${curve.is}t`)}/>`));
  return [...lines, ...dots];
}

// The names of the curves at their ends, pushed apart where they would touch.
function drawNames(panel, x, y) {
  const names = panel.curves.filter((curve) => curve.name).map((curve) => {
    const [at, value] = curve.points.at(-1);
    return {...curve, at: x(at), y: y(value) + 4 - (curve.lift ?? 0)};
  }).sort((a, b) => a.y - b.y);
  for (let i = 1; i < names.length; i++) names[i].y = Math.max(names[i].y, names[i - 1].y + LABEL_GAP);
  return names.map((name) => words(name.at + 8, name.y, name.name, `${name.is}t`));
}

function drawPanel(panel, {x, top, bottom, from, to, kind}) {
  const y = scale(panel.y[0], panel.y[1], bottom, top), out = [];
  const left = x(from), right = Math.max(x(to), left + 3);
  out.push(`<path d="M${place(left)} ${top}H${place(right)}V${bottom}H${place(left)}z" ${fill(`${kind}b`)}/>`);
  for (const tick of ticks(...panel.y, bottom - top < 80 ? 2 : 4)) {
    out.push(`<path d="M${LEFT} ${place(y(tick))}H${RIGHT}" ${line('grid')}/>`);
    out.push(words(LEFT - 6, y(tick) + 4, String(tick), 'axis', ' text-anchor="end"'));
  }
  out.push(`<path d="M${place(left)} ${top}V${bottom}" ${line(kind)}/>`);
  for (const level of panel.levels ?? []) {
    out.push(`<path d="M${place(x(level.from))} ${place(y(level.at))}H${place(x(level.to))}" ${line(kind, 'stroke-dasharray="2 3"')}/>`);
  }
  out.push(...drawCurves(panel, x, y));
  for (const dot of panel.dots ?? []) {
    out.push(`<circle cx="${place(x(dot.x))}" cy="${place(y(dot.y))}" r="4" ${fill(`${dot.is}t`)}/>`);
  }
  return [...out, ...drawNames(panel, x, y)];
}

/* scene:
     title, text   what the picture is called, and what one sees: for those who do not see it
     severity      of the finding: the colour of its region, from `from` to `to`, and of `note`
     x             [lowest, highest]; xTicks, and what it `counts`
     panels        height; y [lowest, highest]; curves {is, name, points, dashed, dots; lift: of the name};
                   levels {at, from, to}; dots {is, x, y} */
export function draw(scene) {
  const x = scale(scene.x[0], scene.x[1], LEFT, RIGHT), kind = severities[scene.severity];
  let top = TOP;
  const body = scene.panels.flatMap((panel) => {
    const drawn = drawPanel(panel, {x, top, bottom: top + panel.height, from: scene.from, to: scene.to, kind});
    top += panel.height + GAP;
    return drawn;
  });
  const bottom = top - GAP, height = bottom + BOTTOM;
  scene.xTicks.forEach((tick, i) => {
    if (i) body.push(words(x(tick), bottom + 17, String(tick), 'axis', ' text-anchor="middle"'));
    else body.push(words(LEFT - 3, bottom + 17, `${scene.counts} ${tick}`, 'axis'));
  });
  const narrow = x(scene.from) + LETTER * scene.note.length > WIDTH;
  body.push(words(narrow ? WIDTH - 4 : x(scene.from), TOP - 10, scene.note, `${kind}t`, ` font-weight="600"${narrow ? ' text-anchor="end"' : ''}`));
  const drawn = body.join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" ` +
    `font-family='${FAMILY}' font-size="${FONT}">\n<title>${escape(scene.title)}</title>\n<desc>${escape(scene.text)}</desc>\n` +
    `${style(drawn)}\n<g fill="none" stroke-linejoin="round">\n` + `${drawn}\n</g>\n</svg>\n`;
}
