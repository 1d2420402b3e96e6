// The house rules that a machine can check, as TAP: who may include whom, one door for each
// library, headers that compile alone, sizes, what core may call. Usage: node tests/house.mjs BUILD
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';

const build = process.argv[2] ?? 'build/release';
const mayInclude = {
  base: [],
  core: [],
  ingest: ['base', 'core'],
  store: ['base', 'core'],
  stream: ['base', 'core', 'store'],
  http: ['base'],
  api: ['base', 'core', 'ingest', 'store', 'stream', 'http'],
  cli: ['base', 'core', 'ingest', 'store', 'stream', 'http', 'api'],
};
// A library's header and the only files that may include it.
const doors = {
  'microhttpd.h': /^server\/http\/http[^/]*$/,
  'sqlite3.h': /^server\/store\/sqlite\/[^/]*$/,
  'cjson/cJSON.h': /^server\/api\/json\.c$/,
  'curl/curl.h': /^server\/stream\/webhook\.c$/,
  'zlib.h': /^server\/http\/(in|de)flate\.c$/,
};
const limits = {functionLines: 70, sourceLines: 600, headerLines: 200, webLines: 400};
// What core may call besides itself: libm, the mem and str families, snprintf.
const coreMayCall =
  /^(mem(cpy|move|set|cmp)|str(len|cmp|ncmp|chr|rchr|str|tod|casecmp|ncasecmp|cspn|spn|cpy)|v?snprintf|abs|tolower|toupper|isalnum|isalpha|isdigit|__ctype_\w+|a?(cos|sin|tan|exp|exp2|log|log2|log10|log1p|expm1|pow|atan2|sincos|sqrt|fabs|floor|ceil|fmod|fmin|fmax|round|lround|llround|trunc|rint|nearbyint|hypot|cbrt|ldexp|frexp|modf|copysign|remainder)f?l?|__(mem\w+|str\w+|v?snprintf)_chk|__stack_chk_fail|__assert_fail|_GLOBAL_OFFSET_TABLE_|qsort|__(asan|ubsan|tsan)_\w+)$/;

const walk = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist') return [];
    return statSync(path).isDirectory() ? walk(path) : [path];
  });

let number = 0, failed = 0;
function row(name, faults) {
  number++;
  if (faults.length) failed++;
  console.log(`${faults.length ? 'not ok' : 'ok'} ${number} - ${name}`);
  for (const fault of faults) console.log(`#   ${fault}`);
}

const c = walk('server').filter((f) => /\.[ch]$/.test(f));
const text = new Map(c.map((f) => [f, readFileSync(f, 'utf8')]));
const includes = (f) => [...text.get(f).matchAll(/^#include [<"]([^>"]+)[>"]/gm)].map((m) => m[1]);

for (const [room, allowed] of Object.entries(mayInclude)) {
  const faults = [];
  for (const f of c.filter((path) => path.startsWith(`server/${room}/`))) {
    for (const name of includes(f)) {
      const other = name.split('/')[0];
      if (other in mayInclude && other !== room && !allowed.includes(other)) faults.push(`${f} includes ${name}`);
    }
  }
  row(`room ${room} includes only ${allowed.join(', ') || 'itself'}`, faults);
}
// The folders inside core, each above those it may include; what lies in core itself is their ground.
const innerRooms = {schedule: [], code: ['schedule'], fit: ['schedule'], cause: ['schedule', 'fit'], diagnose: ['schedule', 'fit', 'cause']};
for (const room of ['', ...Object.keys(innerRooms)]) {
  const inside = c.filter((f) => f.startsWith('server/core/') && f.split('/').length === (room ? 4 : 3) && (!room || f.split('/')[2] === room));
  const faults = inside.flatMap((f) => includes(f)
    .map((name) => name.split('/'))
    .filter(([first, second, file]) => first === 'core' && file && second !== room && !(innerRooms[room] ?? []).includes(second))
    .map((name) => `${f} includes ${name.join('/')}`));
  row(`core/${room || '*'} includes only ${(innerRooms[room] ?? []).join(', ') || 'the ground'}`, faults);
}
for (const [header, door] of Object.entries(doors)) {
  row(`one door for ${header}`, c.filter((f) => includes(f).includes(header) && !door.test(f)));
}
row('every header compiles alone',
  c.filter((f) => f.endsWith('.h')).flatMap((f) => {
    const gcc = spawnSync('gcc', ['-std=c11', '-D_GNU_SOURCE', '-Iserver', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-x', 'c', f]);
    return gcc.status === 0 ? [] : [`${f}: ${gcc.stderr.toString().split('\n')[0]}`];
  }));
row('files keep to their size',
  c.flatMap((f) => {
    const lines = text.get(f).split('\n').length - 1;
    const max = f.endsWith('.h') ? limits.headerLines : limits.sourceLines;
    return lines > max ? [`${f}: ${lines} lines, at most ${max}`] : [];
  }));

// A function starts at a line in column 0 and ends at the next `}` in column 0; tables do not count.
function longFunctions(f) {
  const faults = [];
  let start = -1, name = '';
  text.get(f).split('\n').forEach((line, i, lines) => {
    if (line === '{' && i > 0) {
      start = i;
      name = lines.slice(Math.max(0, i - 4), i).join(' ').match(/(\w+)\([^()]*(\([^()]*\)[^()]*)*\)\s*$/)?.[1] ?? '';
    } else if (line === '}' && start >= 0) {
      if (i - start - 1 > limits.functionLines) faults.push(`${f}: ${name} has ${i - start - 1} lines`);
      start = -1;
    }
  });
  return faults;
}
row(`no function over ${limits.functionLines} lines`, c.flatMap(longFunctions));

const strings = /"(\\.|[^"\\])*"/g;
const banned = /\b(strcat|sprintf|vsprintf|gets|strtok|localtime|gmtime|asctime|alloca)\s*\(/;
row('no function that cannot be used safely',
  c.flatMap((f) => text.get(f).split('\n')
    .flatMap((line, i) => (banned.test(line.replace(strings, '')) ? [`${f}:${i + 1}: ${line.trim()}`] : []))));
row('threads are started in base/thread.c alone',
  c.filter((f) => f !== 'server/base/thread.c' && /\bpthread_create\s*\(/.test(text.get(f))));
row('no typedef, no control flow in macros',
  c.flatMap((f) => text.get(f).split('\n')
    .flatMap((line, i) => (/^\s*typedef\b|#\s*define.*\b(return|goto)\b/.test(line) ? [`${f}:${i + 1}: ${line.trim()}`] : []))));

const objects = walk(join(build, 'server/core')).filter((f) => f.endsWith('.o'));
const symbols = execFileSync('nm', objects).toString().split('\n').map((l) => l.trim().split(/\s+/));
const defined = new Set(symbols.filter((s) => s.length === 3 && s[1] !== 'U').map((s) => s[2]));
row('core calls nothing but libm, mem*, str* and snprintf',
  [...new Set(symbols.filter((s) => s[0] === 'U').map((s) => s[1].split('@')[0]))].filter((s) => !defined.has(s) && !coreMayCall.test(s)));

const web = walk('web/src').filter((f) => /\.(ts|tsx)$/.test(f));
const unsafe = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|dangerouslySetInnerHTML/;
row('the page never builds HTML from text', web.filter((f) => unsafe.test(readFileSync(f, 'utf8'))));
row('modules of the page keep to their size',
  web.flatMap((f) => {
    const lines = readFileSync(f, 'utf8').split('\n').length;
    return lines > limits.webLines ? [`${f}: ${lines} lines`] : [];
  }));

// `server/api/routes.c`, `stream/judge.h`, `core/code`: what the documents name is there.
const named = ['README.md', ...walk('docs').filter((f) => f.endsWith('.md'))].flatMap((f) =>
  [...readFileSync(f, 'utf8').matchAll(/`((?:server|web|tests|schema|docs|core|api|store|stream|http|ingest|base|cli|fit|cause|diagnose|schedule)\/[\w./-]*\w)`/g)].map((m) => [f, m[1]]));
const exists = (path) => ['', 'server/', 'server/core/'].some((from) => [from + path, `${from}${path}.c`].some((p) => existsSync(p)));
row('files and folders that the documents name are there', named.filter(([, path]) => !exists(path)).map(([f, path]) => `${f} names ${path}`));

const format = spawnSync('clang-format', ['--dry-run', '-Werror', ...c, ...walk('tests').filter((f) => /\.[ch]$/.test(f))]);
row('clang-format has nothing to change', format.status === 0 ? [] : [format.stderr.toString().split('\n').slice(0, 3).join(' | ') || String(format.error)]);
const open = spawnSync('git', ['grep', '-nIE', '\\b(TODO|FIXME|XXX)\\b', '--', ':!package-lock.json', ':!web/package-lock.json', `:!tests/${basename(import.meta.url)}`]);
row('nothing left open in the source', open.stdout.toString().split('\n').filter(Boolean));

console.log(`1..${number}`);
process.exit(failed ? 1 : 0);
