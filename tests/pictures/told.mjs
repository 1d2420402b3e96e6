// What the real epochd says about the made logs: `epochd check` where the file can carry it, else a
// server that got the same files.
import {execFile, execFileSync} from 'node:child_process';
import {readFileSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {binary, root, start, temporaryFolder} from '../support/epochd.mjs';
import {logs} from './logs.mjs';

export const folder = join(root, 'docs/img/rules');
const text = (name) => readFileSync(join(folder, name), 'utf8');

// Warnings end it with status 1, which is no failure.
async function checked(rule) {
  const schedule = existsSync(join(folder, `${rule}.schedule.json`)) ? ['--schedule', text(`${rule}.schedule.json`)] : [];
  const args = ['check', '--json', ...schedule, join(folder, `${rule}.csv`)];
  const {stdout} = await promisify(execFile)(binary, args).catch((error) => (error.code === 1 ? error : Promise.reject(error)));
  return JSON.parse(stdout);
}

async function post(server, id, name, fields = {}) {
  const made = await server.post('/api/v1/runs', {id, ...fields});
  const stored = await server.post(`/api/v1/runs/${id}/epochs`, text(name), 'text/csv');
  if (!made.ok || !stored.ok) throw new Error(`${id}: ${await stored.text()}`);
}
const findings = async (server, id) => (await server.get(`/api/v1/runs/${id}/findings`)).json();

async function heldAgainstBaseline(rule) {
  const server = await start();
  try {
    await post(server, 'baseline', `${rule}.baseline.csv`);
    await server.patch('/api/v1/runs/baseline', {status: 'finished'});
    await post(server, rule, `${rule}.csv`, {baseline: 'baseline'});
    await server.patch(`/api/v1/runs/${rule}`, {status: 'finished'});
    return await findings(server, rule);
  } finally {
    await server.stop();
  }
}

// A second server finds the run of the first one as it is this much later: its clock is ahead.
async function later(rule, seconds) {
  const {path, remove} = await temporaryFolder(), clock = join(path, 'clock.so');
  execFileSync(process.env.CC ?? 'gcc', ['-shared', '-fPIC', `-DAHEAD_S=${seconds}`, '-o', clock, join(root, 'tests/support/clock_ahead.c')]);
  let server = await start({folder: path});
  try {
    await post(server, rule, `${rule}.csv`);
    await server.stop();
    server = await start({folder: path, env: {LD_PRELOAD: clock, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`}});
    return await findings(server, rule);
  } finally {
    await server.stop();
    await remove();
  }
}

// The learning rate that a schedule has in the first n epochs.
export function reference(spec, n) {
  const out = execFileSync(binary, ['schedule', '--spec', JSON.stringify(spec), '--steps', String(n), '--csv'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
  return out.trim().split('\n').slice(1, n + 1).map((line) => Number(line.split(',')[1]));
}

export function diagnosis(rule) {
  const {baseline, quiet_s} = logs[rule];
  if (baseline) return heldAgainstBaseline(rule);
  if (quiet_s) return later(rule, quiet_s);
  return checked(rule);
}
