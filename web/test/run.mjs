// Bundles the unit tests (TypeScript) for Node and runs them with its own runner, as TAP.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'epochd-web-test-'));
try {
  const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts'));
  await build({
    entryPoints: tests.map((name) => join(here, name)),
    outdir: out, outExtension: {'.js': '.mjs'}, bundle: true, platform: 'node', format: 'esm', target: 'node18',
    sourcemap: 'inline', logLevel: 'warning',
  });
  const files = tests.map((name) => join(out, name.replace(/\.ts$/, '.mjs')));
  const {status} = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=tap', ...files], {stdio: 'inherit'});
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, {recursive: true, force: true});
}
