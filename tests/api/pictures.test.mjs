// The pictures of docs/diagnosis.md: every rule has one, its log shows that mistake and no other, and
// what lies in the tree is what `make pictures` would write now.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {files, logs} from '../pictures/logs.mjs';
import {drawn, picture, texts} from '../pictures/make.mjs';
import {diagnosis, folder} from '../pictures/told.mjs';
import {root} from '../support/epochd.mjs';
import {body, serverFor} from './support.mjs';

const BYTES_MAX = 6000;
const read = (name) => readFileSync(join(folder, name), 'utf8');
const stale = (name) => `${name} is not what \`make pictures\` writes`;

test('every rule has its section with a picture, or a reason to have none', async (t) => {
  const server = await serverFor(t);
  const {rules} = await body(server.get('/api/v1/rules'));
  assert.deepEqual(Object.keys(logs), rules.map(({rule}) => rule));
  const document = readFileSync(join(root, 'docs/diagnosis.md'), 'utf8');
  for (const [rule, {none}] of Object.entries(logs)) {
    const [, first] = new RegExp(`^## ${rule}\n\n(.*)$`, 'm').exec(document) ?? [];
    assert.ok(first, `docs/diagnosis.md has no section ${rule}`);
    assert.equal(/^!\[.{30,}\]\(/.test(first), !none, `${rule}: ${none ?? 'a picture with its text comes first'}`);
  }
  assert.deepEqual(Object.keys(texts()), drawn);
});

test('nothing else lies beside the pictures', () => {
  const wanted = drawn.flatMap((rule) => [`${rule}.svg`, ...Object.keys(files(rule))]);
  assert.deepEqual(readdirSync(folder).sort(), wanted.sort());
});

for (const rule of drawn) {
  test(`the picture of ${rule}`, async () => {
    for (const [name, text] of Object.entries(files(rule))) assert.equal(read(name), text, stale(name));
    const told = await diagnosis(rule);
    const found = [...new Set(told.findings.map((finding) => finding.rule))].sort();
    assert.deepEqual(found, [rule, ...(logs[rule].also ?? [])].sort());
    const svg = read(`${rule}.svg`);
    assert.equal(svg, picture(rule, told), stale(`${rule}.svg`));
    assert.ok(svg.length < BYTES_MAX, `${svg.length} B`);
  });
}
