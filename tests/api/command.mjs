// The real epochd as a command that ends by itself.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {binary} from '../support/epochd.mjs';

export function epochd(words, options = {}) {
  const {status, stdout, stderr} = spawnSync(binary, words, {encoding: 'utf8', maxBuffer: 1 << 28, input: '', ...options});
  return {status, out: stdout, said: stderr};
}
export function good(...words) {
  const {status, out, said} = epochd(words);
  assert.equal(status, 0, said);
  return out;
}
export function refused(words, says, code = 2, options = {}) {
  const {status, out, said} = epochd(words, options);
  assert.deepEqual([status, out], [code, ''], said);
  assert.match(said, new RegExp(`^epochd ${words[0]}: .*\n$`));
  assert.ok(said.includes(says), said);
}
