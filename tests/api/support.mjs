// What the API tests share: a server of their own, answers read and held against a status.
import assert from 'node:assert/strict';
import {request as httpRequest} from 'node:http';
import {start} from '../support/epochd.mjs';

// A fresh server that ends with the test, and must end well: a sanitizer's report would say
// otherwise.
export async function serverFor(t, options) {
  const server = await start(options);
  t.after(async () => assert.deepEqual(await server.stop(), {code: 0, signal: null}, server.output()));
  return server;
}

// The JSON body of an answer that must have this status.
export async function body(answer, status = 200) {
  const response = await answer;
  const text = await response.text();
  assert.equal(response.status, status, text);
  return text ? JSON.parse(text) : null;
}

// A refusal: problem+json with this status and code.
export async function problem(answer, status, code) {
  const response = await answer;
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get('content-type'), /^application\/problem\+json/);
  const found = JSON.parse(text);
  assert.equal(found.status, status);
  if (code) assert.equal(found.code, code, text);
  assert.ok(found.title && found.detail, 'a title and a sentence');
  return found;
}

export const value = (n) => ({NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity})[n] ?? n;

// n records of a run that goes well: both losses fall, the rate follows a cosine.
export function goodRun(n, baseLr = 0.1) {
  return Array.from({length: n}, (_, i) => ({
    epoch: i + 1,
    train_loss: 0.2 + 2 * Math.exp(-i / (n / 5)),
    val_loss: 0.3 + 2 * Math.exp(-i / (n / 5)),
    lr: (baseLr * (1 + Math.cos((Math.PI * i) / n))) / 2,
  }));
}

// Doubles of every size, from a seed: the same in every run of the tests.
export function randomDoubles(count, seed = 1) {
  let state = BigInt(seed);
  const view = new DataView(new ArrayBuffer(8));
  const next = () => {
    for (;;) {
      state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
      view.setBigUint64(0, state ^ (state >> 29n));
      const number = view.getFloat64(0);
      if (Number.isFinite(number)) return number;
    }
  };
  return Array.from({length: count}, next);
}

// A request with exactly these headers, which fetch would not send.
export function rawRequest(url, {method = 'GET', headers = {}, body: data} = {}) {
  return new Promise((resolve, reject) => {
    const req = httpRequest(url, {method, headers}, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({status: res.statusCode, headers: res.headers, bytes, text: bytes.toString()});
      });
    });
    req.on('error', reject);
    req.end(data);
  });
}

// An open event stream. next(name) resolves with the next event of that name, passing over
// others; it waits for it, so a test needs no sleep.
export async function listen(server, query = '', headers = {}) {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/api/v1/events${query}`, {headers, signal: controller.signal});
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '', lastId = null;

  function takeEvent() {
    const end = text.indexOf('\n\n');
    if (end < 0) return null;
    const event = {name: 'message', data: null};
    for (const line of text.slice(0, end).split('\n')) {
      if (line.startsWith('event: ')) event.name = line.slice(7);
      else if (line.startsWith('id: ')) lastId = line.slice(4);
      else if (line.startsWith('data: ')) event.data = JSON.parse(line.slice(6));
    }
    text = text.slice(end + 2);
    return {...event, id: lastId};
  }

  async function next(name) {
    for (;;) {
      const event = takeEvent();
      if (event && (event.name === name || name === '*')) return event;
      if (event) continue;
      const {done, value: chunk} = await reader.read();
      if (done) return null;
      text += chunk;
    }
  }
  // The first line the server sends says the place in the stream.
  await next('message');
  return {next, close: () => controller.abort(), lastId: () => lastId};
}
