// `make pictures`: writes the made logs of docs/img/rules and draws what epochd says about them.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../support/epochd.mjs';
import {draw} from './draw.mjs';
import {files, logs} from './logs.mjs';
import {sceneOf} from './scenes.mjs';
import {diagnosis, folder, reference} from './told.mjs';

export const drawn = Object.keys(logs).filter((rule) => !logs[rule].none);

// The alternative texts of docs/diagnosis.md, by rule: what one sees, for the picture's <desc> too.
export function texts() {
  const document = readFileSync(join(root, 'docs/diagnosis.md'), 'utf8');
  return Object.fromEntries([...document.matchAll(/^!\[([^\]]+)\]\(img\/rules\/(\w+)\.svg\)$/gm)].map((m) => [m[2], m[1]]));
}

export function picture(rule, told) {
  const finding = told.findings.find((one) => one.rule === rule);
  const {rows, schedule, baseline, quiet_s} = logs[rule];
  return draw(sceneOf(rule, {
    rows, baseline, quiet_s, title: finding.title, text: texts()[rule] ?? '', severity: finding.severity,
    from: finding.from_step, to: finding.to_step, evidence: finding.evidence,
    reference: schedule && reference(schedule, schedule.T_max > rows.length ? schedule.T_max : rows.length),
  }));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  mkdirSync(folder, {recursive: true});
  for (const rule of drawn) {
    for (const [name, text] of Object.entries(files(rule))) writeFileSync(join(folder, name), text);
    const svg = picture(rule, await diagnosis(rule));
    writeFileSync(join(folder, `${rule}.svg`), svg);
    console.log(`${`${rule}.svg`.padEnd(28)} ${String(svg.length).padStart(5)} B`);
  }
}
