import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { QemuProgram } from './program.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let program: string;

beforeEach(async () => {
  folder = await tempFolder();
  program = join(folder.path, 'qemu');
});
afterEach(() => folder.remove());

function write(script: string): void {
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
}

test('its version is asked for once, and again when the program is another one', async () => {
  const qemu = new QemuProgram(program);
  const asked = join(folder.path, 'asked');
  const says = (version: string) => write(`echo >>${asked}; echo "QEMU emulator version ${version} (Debian)"`);
  says('7.2.22');
  for (const _ of ['once', 'again']) expect((await qemu.inspect()).version).toBe('7.2.22');
  expect(readFileSync(asked, 'utf8')).toBe('\n');
  says('10.0.11');
  expect(await qemu.inspect()).toEqual({
    kind: 'qemu',
    program,
    version: '10.0.11',
    usable: { ok: true, detail: 'QEMU 10.0.11 is there', remedy: '' },
  });
});

test('a program that is missing is told with what supplies it', async () => {
  expect(await new QemuProgram('qemu-system-none').inspect()).toEqual({
    kind: 'qemu',
    program: '',
    version: '',
    usable: {
      ok: false,
      detail: 'its program qemu-system-none was not found',
      remedy: 'apt install qemu-system-x86',
    },
  });
});

test('one that does not run says why', async () => {
  write('echo no such library >&2; exit 127');
  const { usable } = await new QemuProgram(program).inspect();
  expect(usable).toMatchObject({ ok: false, detail: expect.stringMatching(/does not run: .*exit code 127/) });
});
