// Bundles the page into dist/: scripts and a style sheet named by their content, the licences of
// what is bundled, and a gzip of each. Prints the sizes and holds them to a budget.
// DEV=1 keeps names and lines readable.
import {build} from 'esbuild';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {documents} from './docs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist'), assets = join(dist, 'assets');
const budget = {js: 90_000, total: 105_000};    // gzip, of what the first page loads
const bundled = ['chart.js', 'preact', '@preact/signals', '@preact/signals-core'];

function licences() {
  return bundled.map((name) => {
    const folder = join(here, 'node_modules', name);
    const {version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} carries no licence text`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}

// Writes a file and its gzip; zopfli finds a form 3 % smaller than gzip -9 does.
function emit(path, content) {
  writeFileSync(path, content);
  const gzip = execFileSync('zopfli', ['--i5', '-c', path], {maxBuffer: 1 << 26});
  writeFileSync(`${path}.gz`, gzip);
  return {name: basename(path), bytes: Buffer.byteLength(content), gzip: gzip.length};
}

function emitHashed(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  return emit(join(assets, name.replace(/(\.\w+)$/, `-${hash}$1`)), content);
}

rmSync(dist, {recursive: true, force: true});
mkdirSync(assets, {recursive: true});
const licenceFile = emitHashed('licenses.txt', licences());
const icon = emitHashed('favicon.svg', readFileSync(join(here, 'src/favicon.svg')));

// `docs:diagnosis` is that document, `docs:` the list of them; each is loaded when it is opened.
const docsFolder = join(here, '../docs'), pictures = [];
function picture(path) {
  const svg = readFileSync(join(docsFolder, path), 'utf8');
  const [, width, height] = /^<svg [^>]*?width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  if (!width) throw new Error(`${path}: an SVG with a width and a height is wanted`);
  const file = emitHashed(basename(path), svg);
  pictures.push(file);
  return {src: `/assets/${file.name}`, width: Number(width), height: Number(height)};
}
const docs = documents(docsFolder, picture);
const docsPlugin = {
  name: 'docs',
  setup({onResolve, onLoad}) {
    onResolve({filter: /^docs:/}, ({path}) => ({path: path.slice('docs:'.length) || 'list', namespace: 'docs'}));
    onLoad({filter: /.*/, namespace: 'docs'}, ({path}) => ({
      loader: 'js',
      resolveDir: here,
      contents: path === 'list'
        ? `export default [${docs.map(({name, title}) => `{name: '${name}', title: ${JSON.stringify(title)}, load: () => import('docs:${name}')}`).join()}]`
        : `export default JSON.parse(${JSON.stringify(JSON.stringify(docs.find(({name}) => name === path).root))})`,
    }));
  },
};

const result = await build({
  entryPoints: {app: join(here, 'src/main.tsx'), style: join(here, 'src/style/index.css')},
  outdir: assets,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  write: false,
  metafile: true,
  minify: !process.env.DEV,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  alias: {'@kurkle/color': join(here, 'src/chart/no-color.ts')},
  define: {LICENCES: JSON.stringify(`/assets/${licenceFile.name}`)},
  logLevel: 'warning',
  plugins: [docsPlugin],
});

const files = new Map(result.outputFiles.map((file) => [basename(file.path), emit(file.path, file.contents)]));
const outputs = Object.entries(result.metafile.outputs).map(([path, output]) => ({name: basename(path), ...output}));
const app = outputs.find((output) => output.entryPoint?.endsWith('main.tsx'));
const style = outputs.find((output) => output.name.endsWith('.css'));
// What the app imports at once is asked for together with it, not after it.
const preloaded = app.imports.filter((one) => one.kind === 'import-statement').map((one) => basename(one.path));

const page = readFileSync(join(here, 'src/index.html'), 'utf8')
  .replace('{{preload}}', preloaded.map((name) => `<link rel="modulepreload" href="/assets/${name}">`).join('\n'))
  .replace('{{js}}', app.name).replace('{{css}}', style.name).replace('{{icon}}', icon.name);
const html = emit(join(dist, 'index.html'), page);

const first = [app.name, ...preloaded].map((name) => files.get(name));
const sum = (list) => list.reduce((bytes, file) => bytes + file.gzip, 0);
const row = (name, bytes, gzip, note = '') =>
  console.log(`${name.padEnd(28)} ${String(bytes).padStart(7)} B ${String(gzip).padStart(7)} B gzip${note}`);
const loaded = [...first, files.get(style.name), html, icon];
for (const file of loaded) row(file.name, file.bytes, file.gzip);
for (const file of files.values()) if (!loaded.includes(file)) row(file.name, file.bytes, file.gzip, '  (when opened)');
row(`${pictures.length} pictures`, pictures.reduce((bytes, file) => bytes + file.bytes, 0), sum(pictures), '  (when seen)');
row('first load', loaded.reduce((bytes, file) => bytes + file.bytes, 0), sum(loaded), ` of ${budget.total}; script ${sum(first)} of ${budget.js}`);
if (!process.env.DEV && (sum(first) > budget.js || sum(loaded) > budget.total)) {
  console.error('the page is over its budget');
  process.exit(1);
}
