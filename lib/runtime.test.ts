import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { type RuntimeQuestion, resolveRuntime } from './runtime.js';

const checkout = { programRoot: '/src/banger', isCheckout: true };
const installed = { programRoot: '/usr/local/libexec/banger', isCheckout: false };
const flag = { flag: '/flag' };
const env = { env: { BANGER_RUNTIME_DIR: '/env' } };
const key = { config: { runtimeDir: '/key' } };
const alias = { config: { repoRoot: '/repo' } };

type Row = readonly [what: string, question: Partial<RuntimeQuestion>, path: string | undefined, source: RegExp];
const rows: readonly Row[] = [
  ['the flag beats everything', { ...checkout, ...flag, ...env, ...key }, '/flag', /^--runtime-dir$/],
  ['a relative flag starts from here', { ...checkout, flag: 'x' }, resolve('x'), /^--runtime-dir$/],
  ['an empty flag is none', { ...checkout, flag: '', ...env }, '/env', /^BANGER_RUNTIME_DIR$/],
  ['the variable beats the file', { ...installed, ...env, ...key }, '/env', /^BANGER_RUNTIME_DIR$/],
  ['a relative variable starts from here', { env: { BANGER_RUNTIME_DIR: 'x' } }, resolve('x'), /^BANGER_/],
  ['an empty variable is none', { ...key, env: { BANGER_RUNTIME_DIR: '' } }, '/key', /^runtime_dir in/],
  ['the file beats a checkout', { ...checkout, ...key }, '/key', /^runtime_dir in/],
  ['the file beats an installation', { ...installed, ...key }, '/key', /^runtime_dir in/],
  ['the alias means its runtime', { ...installed, ...alias }, '/repo/runtime', /^repo_root in/],
  ['a checkout has its own', checkout, '/src/banger/runtime', /source checkout/],
  [
    'a checkout with the name of an installation',
    { ...installed, isCheckout: true },
    `${installed.programRoot}/runtime`,
    /checkout/,
  ],
  ['an installation has its own', installed, '/usr/local/lib/banger', /installation/],
  [
    'in the root of the file system',
    { programRoot: '/libexec/banger', isCheckout: false },
    '/lib/banger',
    /installation/,
  ],
  ['a program elsewhere has none', { programRoot: '/opt/banger', isCheckout: false }, undefined, /neither/],
];

test.each(rows)('%s', (_what, question, path, source) => {
  const decision = resolveRuntime({ env: {}, config: {}, programRoot: '/opt/x', isCheckout: false, ...question });
  expect(decision.path).toBe(path);
  expect(decision.source).toMatch(source);
});
