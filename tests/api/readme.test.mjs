// Every curl command of the README does what it says, typed as it stands there, in its order.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {root} from '../support/epochd.mjs';
import {serverFor} from './support.mjs';

const commands = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/(?:^ {4}|`)(curl [^\n`]*localhost:6280[^\n`]*)/gm)].map((m) => m[1]);

// Runs one line in a shell. A stream never ends: its first bytes are enough.
function shell(command, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exec ${command}`], {cwd});
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
      if (command.includes('/events')) child.kill();
    });
    child.stderr.on('data', (data) => (out += data));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({out, good: code === 0 || signal === 'SIGTERM'}));
  });
}

test('the curl commands of the README', async (t) => {
  assert.ok(commands.length >= 10, `only ${commands.length} commands found`);
  const server = await serverFor(t);
  await server.postEpochs('a', [{epoch: 1, val_loss: 1}]);
  await server.postEpochs('b', [{epoch: 1, val_loss: 2}]);
  writeFileSync(join(server.folder, 'epochs.csv'), 'epoch,train_loss,val_loss,lr\n2,0.70,0.75,0.095\n');
  const port = new URL(server.url).port;
  for (const command of commands) {
    const line = command.replace('curl ', 'curl -sS --fail-with-body ').replaceAll('localhost:6280', `localhost:${port}`);
    const {out, good} = await shell(line, server.folder);
    assert.ok(good, `${command}\n${out}`);
  }
});
