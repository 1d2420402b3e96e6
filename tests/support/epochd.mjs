/* Starts the real epochd for a test: its own folder, its own port, its own process.
   Only the child started here is ever signalled. */
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve, dirname} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = resolve(root, process.env.EPOCHD_BIN ?? 'build/release/epochd');

const LISTENING = /^epochd: listening on (http:\/\/\S+)$/m;
const START_LIMIT_MS = 20_000;

/* A folder that belongs to one test. `remove()` deletes it with everything in it. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'epochd-test-'));
  return {path, remove: () => rm(path, {recursive: true, force: true})};
}

/* options:
     folder   keep the database there and leave it behind (for a restart); else own one
     listen   "127.0.0.1:0" by default: a free port
     args     more arguments for `epochd serve`
     env      more environment variables
     through  a command that is given the server's own, e.g. one that sets a limit
   Resolves once requests are served. Rejects with what the server wrote when it ends
   before that. The result:
     url      "http://127.0.0.1:41234"
     folder   where t.db lies
     output() what it has written so far, stdout and stderr together
     stop(signal = "SIGTERM")  ends it, resolves with {code, signal}; removes its own folder
     get(path) / post(path, body, type) / patch / del   fetch against it, Response back
     postEpochs(run, records)  posts and throws unless it was stored */
export async function start(options = {}) {
  const own = options.folder ? null : await temporaryFolder();
  const folder = options.folder ?? own.path;
  const args = ['serve', '--listen', options.listen ?? '127.0.0.1:0',
                '--db', join(folder, 't.db'), ...(options.args ?? [])];
  const [program, ...words] = [...(options.through ?? []), binary, ...args];
  const child = spawn(program, words, {
    cwd: folder,
    env: {...process.env, ...options.env},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise((done) => {
    child.once('exit', (code, signal) => done({code, signal}));
    child.once('error', (error) => done({code: null, signal: null, error}));
  });

  const stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null && child.pid) child.kill(signal);
    const result = await ended;
    if (own) await own.remove();
    return result;
  };

  let url;
  try {
    url = await new Promise((ready, fail) => {
      const timer = setTimeout(() => fail(new Error(`no listening line:\n${output}`)),
                               START_LIMIT_MS);
      const read = (chunk) => {
        output += chunk;
        const match = LISTENING.exec(output);
        if (match) {
          clearTimeout(timer);
          ready(match[1]);
        }
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      ended.then((how) => {
        clearTimeout(timer);
        fail(new Error(`epochd ended before it listened (${how.error ?? how.code}):\n${output}`));
      });
    });
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }

  const send = (method) => (path, body, type = 'application/json') => fetch(url + path, {
    method,
    headers: body === undefined ? {} : {'content-type': type},
    body: body === undefined || typeof body === 'string' || body instanceof Uint8Array
      ? body : JSON.stringify(body),
  });
  const post = send('POST');

  const postEpochs = async (run, records) => {
    const answer = await post(`/api/v1/runs/${run}/epochs`, records);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${run}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };

  return {url, folder, pid: child.pid, output: () => output, stop,
           get: (path, headers) => fetch(url + path, {headers}),
           post, patch: send('PATCH'), put: send('PUT'), del: send('DELETE'), postEpochs};
}
