// Every thread of the server is one that base/thread.c started, but for libmicrohttpd's: as Linux
// shows them.
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {serverFor} from './support.mjs';

const SIGHUP = 1, SIGINT = 2, SIGTERM = 15;

test('threads have names and leave signals to the main thread', {skip: !existsSync('/proc/self/task')}, async (t) => {
  const server = await serverFor(t, {args: ['--webhook', 'http://127.0.0.1:9/']});
  const tasks = readdirSync(`/proc/${server.pid}/task`).filter((id) => id !== String(server.pid)).map((id) => {
    const read = (name) => readFileSync(`/proc/${server.pid}/task/${id}/${name}`, 'utf8');
    return {name: read('comm').trim(), blocked: BigInt(`0x${read('status').match(/^SigBlk:\s*(\w+)$/m)[1]}`)};
  });
  const ours = ['judge', 'peers', 'ticker', 'webhook', 'worker', 'worker', 'writer'];
  assert.deepEqual(tasks.map((task) => task.name).filter((name) => ours.includes(name)).sort(), ours);
  const blocks = (task, signal) => Boolean((task.blocked >> BigInt(signal - 1)) & 1n);
  for (const task of tasks) {
    assert.ok(blocks(task, SIGINT) && blocks(task, SIGTERM), task.name);
    // those of faults are not blocked once a thread runs (tests/unit/test_thread.c); before that all are
    if (ours.includes(task.name)) assert.ok(blocks(task, SIGHUP), task.name);
  }
});
