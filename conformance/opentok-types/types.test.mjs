// Type gate: the vendor's declarations are fetched from npm when this runs (never its JavaScript, never kept), and the compiler
// compares ours with them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ORACLE = '@opentok/client@2.35.2';
const here = fileURLToPath(new URL('.', import.meta.url));
const sdk = join(here, '../../sdk');

function fetchDeclarations() {
  const target = join(here, 'node_modules/@opentok/client');
  if (existsSync(join(target, 'index.d.ts'))) return;
  const scratch = mkdtempSync(join(tmpdir(), 'opentok-types-'));
  const packed = execFileSync('npm', ['pack', ORACLE, '--json', '--pack-destination', scratch], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(packed.toString());
  execFileSync('tar', ['-xzf', join(scratch, filename), '-C', scratch, '--wildcards', 'package/*.d.ts', 'package/package.json']);
  const { types, typings, version } = JSON.parse(readFileSync(join(scratch, 'package/package.json'), 'utf8'));
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name: '@opentok/client', version, types: 'index.d.ts' }));
  writeFileSync(join(target, 'index.d.ts'), readFileSync(join(scratch, 'package', types ?? typings)));
  rmSync(scratch, { recursive: true });
}

function compile(...files) {
  const flags = ['--strict', '--strictFunctionTypes', 'false', '--skipLibCheck', '--noEmit', '--module', 'node16', '--moduleResolution', 'node16', '--target', 'es2022', '--types', ''];
  const { status, stdout } = spawnSync(process.execPath, [join(sdk, 'node_modules/typescript/bin/tsc'), ...flags, ...files], { cwd: here, encoding: 'utf8' });
  return { status, stdout };
}

test(`our declarations are usable wherever those of ${ORACLE} are expected`, () => {
  assert.ok(existsSync(join(sdk, 'dist/opentok.d.cts')), 'sdk/dist is missing: run `npm run build` in sdk/');
  fetchDeclarations();
  const { status, stdout } = compile('surface.cts', 'names.cts');
  assert.equal(status, 0, stdout);
});

test('applications import them in every documented way', () => {
  const { status, stdout } = compile('imports.cts', 'imports.mts');
  assert.equal(status, 0, stdout);
});
