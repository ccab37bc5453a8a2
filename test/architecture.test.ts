import { expect, test } from '@jest/globals';
import {
  clockFindings,
  cycleFindings,
  importFindings,
  onlyFindings,
  reachFindings,
  roomFindings,
  sizeFindings,
  testingFindings,
} from './architecture/check.js';
import { parseSource, readSources, type Source } from './architecture/source.js';

const handWritten = readSources(['lib', 'services', 'supervisor', 'cli', 'test', 'scripts']);
const everything = [...handWritten, ...readSources(['gen'])];

test('every file imports only what its room may', () => expect(importFindings(everything)).toEqual([]));
test('every side effect and every dependency has one door', () => expect(onlyFindings(everything)).toEqual([]));
test('what is made for tests stays with the tests', () => expect(testingFindings(everything)).toEqual([]));
test('the CLI loads nothing slow', () => expect(reachFindings(everything)).toEqual([]));
test('a clock that is set ends no wait', () => expect(clockFindings(everything)).toEqual([]));
test('no module needs itself', () => expect(cycleFindings(everything)).toEqual([]));
test('services have the known rooms only', () => expect(roomFindings(everything)).toEqual([]));
test('no file or function has outgrown its shape', () => expect(sizeFindings(handWritten)).toEqual([]));

/** Made-up files: what each check must find, and what it must let pass. */
type Files = Readonly<Record<string, string>>;

function sources(files: Files): Source[] {
  return Object.entries(files).map(([path, text]) => parseSource(path, text));
}

const wrongImports: [string, Files, RegExp][] = [
  ['a domain with I/O', { 'services/vmm/domain/vm.ts': "import { open } from 'node:fs';" }, /pure and synchronous/],
  ['a domain with a log', { 'services/vmm/domain/vm.ts': "import type { Log } from '../../../lib/log.js';" }, /domain/],
  ['a use case that knows the wire', { 'services/vmm/app/x.ts': "import '../../../gen/banger/vmm/v1/a.js';" }, /ports/],
  ['a use case with an adapter', { 'services/vmm/app/x.ts': "export * from '../host/qemu.js';" }, /its own ports/],
  ['values of a type-only door', { 'services/vmm/app/x.ts': "import { a } from '../../../lib/log.js';" }, /use case/],
  ['values of ports', { 'services/vmm/host/x.ts': "import { a } from '../app/ports.js';" }, /keeps a port/],
  ['a shortcut at the edge', { 'services/vmm/api/x.ts': "const a = await import('../store/db.js');" }, /no way around/],
  ['the host at the store', { 'services/vmm/store/x.ts': "import a from '../host/qemu.js';" }, /keeps a port/],
  ['another service', { 'services/vmm/main.ts': "import '../netd/domain/tap.js';" }, /meet only in proto/],
  ['a service in the supervisor', { 'supervisor/main.ts': "import '../services/vmm/main.js';" }, /by their path/],
  ['a configuration in the CLI', { 'cli/main.ts': "import type { C } from '../lib/config.js';" }, /start-up time/],
  ['a service in lib', { 'lib/x.ts': "export { a } from '../services/vmm/domain/vm.js';" }, /knows no service/],
  ['a name that is computed', { 'services/vmm/main.ts': 'await import(name);' }, /meet only in proto/],
  ['a file in no room', { 'tools/x.ts': '' }, /in no room/],
];

test.each(wrongImports)('%s is found', (_what, files, reason) => {
  const findings = importFindings(sources(files));
  expect(findings).toEqual([expect.stringMatching(reason)]);
});

const wrongDoors: [string, Files][] = [
  ['programs', { 'services/netd/host/x.ts': "import { spawn } from 'node:child_process';" }],
  ['files', { 'services/netd/host/x.ts': "import { open } from 'node:fs/promises';" }],
  ['SQLite', { 'services/netd/store/x.ts': "import Sqlite from 'better-sqlite3';" }],
  ['DNS', { 'services/dnsd/domain/x.ts': "import dns2 from 'dns2';" }],
  ['logs', { 'lib/x.ts': "import { pino } from 'pino';" }],
  ['arguments', { 'cli/main.ts': "import yargs from 'yargs/yargs';" }],
  ['gRPC', { 'services/vmm/api/x.ts': "import { status } from '@grpc/grpc-js';" }],
];

test.each(wrongDoors)('a second door for %s is found', (_what, files) => {
  expect(onlyFindings(sources(files))).toHaveLength(1);
});

test('help for tests in a program is found', () => {
  const files = { 'lib/x.ts': "import { tempFolder } from './testing/temp-folder.js';" };
  expect(testingFindings(sources(files))).toHaveLength(1);
});

test('what is loaded in a roundabout way is found, with the way', () => {
  const files = {
    'cli/main.ts': "import './run.js';",
    'cli/run.ts': "import '../lib/paths.js'; import type { C } from '../lib/config.js';",
    'lib/paths.ts': "import { z } from 'zod';",
    'lib/config.ts': '',
  };
  expect(reachFindings(sources(files))).toEqual([
    expect.stringMatching(/^cli\/main -> cli\/run -> lib\/paths -> zod: /),
  ]);
});

test('a clock is found, also one that is handed on; a time that is given is none', () => {
  const files = {
    'lib/a.ts': 'const end = Date.now() + 5;\nconst now = new Date();\nconst later = Date.now;',
    'lib/b.ts': 'const time = new Date(5); const end = performance.now();',
    'lib/log.ts': 'const time = new Date();',
    'lib/a.test.ts': 'const now = Date.now();',
  };
  expect(clockFindings(sources(files)).map((found) => found.split(' ')[0])).toEqual([
    'lib/a.ts:1',
    'lib/a.ts:2',
    'lib/a.ts:3',
  ]);
});

test('a circle is found once, a diamond is none', () => {
  const circle = {
    'lib/a.ts': "import './b.js';",
    'lib/b.ts': "import type { C } from './c.js';",
    'lib/c.ts': "import './a.js';",
  };
  expect(cycleFindings(sources(circle))).toEqual(['lib/a -> lib/b -> lib/c -> lib/a is a circle']);
  const diamond = {
    'lib/a.ts': "import './b.js'; import './c.js';",
    'lib/b.ts': "import './d.js';",
    'lib/c.ts': "import './d.js';",
    'lib/d.ts': '',
  };
  expect(cycleFindings(sources(diamond))).toEqual([]);
});

test.each(['services/vmm/utils/x.ts', 'services/vmm/helper.ts'])('%s is no room', (path) => {
  expect(roomFindings(sources({ [path]: '' }))).toHaveLength(1);
});

test('what is too long is found', () => {
  const long = (lines: number) => 'x();\n'.repeat(lines);
  const found = sizeFindings(
    sources({
      'services/vmm/main.ts': long(101),
      'lib/a.ts': long(401),
      'lib/b.ts': `const f = () => {\n${long(59)}};\n`,
      'lib/c.ts': `function f() {\n${long(58)}}\n${long(300)}`,
      'lib/d.test.ts': `suite(() => {\n${`test(() => {\n${long(40)}});\n`.repeat(3)}});\n`,
    }),
  );
  expect(found).toEqual([
    'services/vmm/main.ts has 101 lines; the ceiling is 100',
    'lib/a.ts has 401 lines; the ceiling is 400',
    'lib/b.ts:1 a function has 61 lines; the ceiling is 60',
  ]);
});

test('what the rows allow passes every check', () => {
  const files = sources({
    'services/vmm/domain/vm.ts':
      "import { BangerError } from '../../../lib/errors.js'; import { createHash } from 'node:crypto';",
    'services/vmm/app/create-vm.ts':
      "import type { Log } from '../../../lib/log.js'; import { a } from '../domain/vm.js';",
    'services/vmm/host/qemu.ts': "import { type Hypervisor } from '../app/ports.js'; import { b } from './qmp.js';",
    'services/vmm/host/qmp.ts': "import { connect } from 'node:net'; import { c } from '../../../lib/host/files.js';",
    'services/vmm/domain/vm.test.ts': "import { readFileSync } from 'node:fs'; import '../host/qemu.js';",
    'lib/host/files.ts': "import * as fs from 'node:fs/promises';",
  });
  const checks = [
    importFindings,
    onlyFindings,
    testingFindings,
    reachFindings,
    clockFindings,
    cycleFindings,
    roomFindings,
    sizeFindings,
  ];
  expect(checks.flatMap((check) => check(files))).toEqual([]);
});
