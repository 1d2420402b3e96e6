// Puts the figures of a run of the benchmark into a document, in place of what stands under its
// heading "The figures": node tests/bench/table.mjs build/bench.json docs/performance.md
import {readFileSync, writeFileSync} from 'node:fs';

const [source, document] = process.argv.slice(2);
const report = JSON.parse(readFileSync(source, 'utf8'));

// Three digits that matter.
function number(value) {
  if (typeof value !== 'number') return '';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return size === 0 ? '0' : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
const ratio = (value) => (typeof value !== 'number' ? '' : value >= 0.095 ? value.toFixed(2) : value.toPrecision(1));

function row({figure, unit, aim, median, repetitions, ceiling, ratio: near}) {
  const ends = [...repetitions].sort((a, b) => a - b);
  const spread = ends.length > 1 ? `${number(ends[0])} – ${number(ends.at(-1))}` : '';
  const beside = ceiling ? `${number(ceiling.median)} (${ceiling.what})` : '';
  return `| ${figure} | ${number(median)} ${unit} | ${spread} | ${beside} | ${ratio(near)} | ${aim ?? ''} |`;
}

const table = [
  '| figure | median | lowest – highest | ceiling, measured in the same run | ratio | aim |',
  '| --- | --- | --- | --- | --- | --- |',
  ...report.figures.map(row),
];
const date = new Date(report.time).toLocaleDateString('en-GB', {day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC'});
const section = `## The figures\n\nMeasured on ${date} on ${report.machine}.\n\n${table.join('\n')}\n`;

const text = readFileSync(document, 'utf8');
const parts = text.split(/^(?=## )/m);
const at = parts.findIndex((part) => part.startsWith('## The figures'));
if (at < 0) throw new Error(`${document} has no heading "## The figures"`);
parts[at] = at + 1 < parts.length ? `${section}\n` : section;
writeFileSync(document, parts.join(''));
console.log(`${report.figures.length} figures of ${report.time} are in ${document}`);
