// Colours of the style sheet for the canvas, read once per theme.

export interface Colors {
  line: string[];     // 0 unused, then the eight series colours
  text: string[];     // the same hues, dark enough for small text
  grid: string;
  axis: string;
  panel: string;
  critical: string;
  font: string;
  band: Record<string, string>;
  edge: Record<string, string>;
}

let cached: {theme: string; colors: Colors} | null = null;
// Colours that the system forces leave only dashes to tell lines apart.
const forced = matchMedia('(forced-colors: active)');
forced.addEventListener('change', () => { cached = null; });
const DASHES = [[], [], [8, 3], [2, 3], [], [10, 3, 2, 3], [4, 4], [1, 2], [5, 4]];
export const forcedDash = (color: number) => (forced.matches ? DASHES[color]! : []);

export function colors(): Colors {
  const theme = document.documentElement.dataset.theme ?? 'light';
  if (cached?.theme === theme) return cached.colors;
  const style = getComputedStyle(document.documentElement);
  const css = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const eight = (suffix: string) => ['', ...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => css(`c${i}${suffix}`))];
  const classes = ['crit', 'warn', 'info'];
  const colors: Colors = {
    line: eight(''), text: eight('t'), grid: css('grid'), axis: css('axis'), panel: css('panel'),
    critical: css('crit'), font: css('font'),
    band: Object.fromEntries(classes.map((c) => [c, css(`${c}-band`)])),
    edge: Object.fromEntries(classes.map((c) => [c, css(`${c}-line`)])),
  };
  cached = {theme, colors};
  return colors;
}

// For a picture on a light ground, whatever the page wears.
export function inLight(draw: () => void) {
  const {dataset} = document.documentElement, worn = dataset.theme;
  dataset.theme = 'light';
  draw();
  dataset.theme = worn;
}

export const alpha = (hex: string, a: number) =>
  hex[0] !== '#' ? hex : `${hex}${Math.round(a * 255).toString(16).padStart(2, '0')}`;
