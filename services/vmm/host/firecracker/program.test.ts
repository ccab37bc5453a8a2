import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, writeFile } from '../../../../lib/host/files.js';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { inspectFirecracker } from './program.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let program: string;

beforeEach(async () => {
  folder = await tempFolder();
  program = `${folder.path}/firecracker`;
});

afterEach(() => folder.remove());

/** A program in Firecracker's place. */
async function install(script: string): Promise<void> {
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
}

test('a firecracker that will do', async () => {
  await install('echo "Firecracker v1.16.1"');
  expect(await inspectFirecracker(program)).toEqual({
    kind: 'firecracker',
    program,
    version: '1.16.1',
    usable: { ok: true, detail: 'Firecracker 1.16.1 is there', remedy: '' },
  });
});

test.each([
  ['too old', 'echo "Firecracker v1.12.0"', '1.12.0', 'is version 1.12.0, and 1.14 is the oldest that will do'],
  ['another program', 'echo hello', '', 'does not say that it is Firecracker'],
  ['one that fails', 'exit 3', '', 'does not run'],
])('%s: why it is of no use, and the way out', async (_what, script, version, detail) => {
  await install(script);
  const report = await inspectFirecracker(program);
  expect(report).toMatchObject({ program, version, usable: { ok: false, detail: expect.stringContaining(detail) } });
  expect(report.usable.remedy).toContain('install Firecracker 1.14 or newer (1.16.1 is recommended)');
});

test('none: its name is told, and every place where it may be put', async () => {
  const { program: path, usable } = await inspectFirecracker(`${folder.path}/none`);
  expect({ path, detail: usable.detail }).toEqual({
    path: '',
    detail: `its program ${folder.path}/none was not found`,
  });
  for (const place of ['PATH', 'runtime bundle', '`firecracker` in [vmm]', 'BANGER_VMM_FIRECRACKER']) {
    expect(usable.remedy).toContain(place);
  }
});
