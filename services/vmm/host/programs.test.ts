import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLog } from '../../../lib/log.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { programsHere } from './programs.js';

const standard = { firecracker: 'firecracker', jailer: 'jailer', qemu: 'qemu-system-x86_64' };
let temp: Awaited<ReturnType<typeof tempFolder>>;
let runtime: string;
const here = (programs = standard) => programsHere(programs, { path: runtime, source: 'the test' }, silentLog);

beforeEach(async () => {
  temp = await tempFolder();
  runtime = join(temp.path, 'runtime');
});

afterEach(() => temp.remove());

test('without a bundle, and with one that cannot be used, the names stay', async () => {
  expect(await here()).toEqual(standard);
  expect(await programsHere(standard, { path: undefined, source: 'none' }, silentLog)).toEqual(standard);
  await mkdir(runtime);
  await symlink('/bin/true', join(runtime, 'firecracker'));
  expect(await here()).toEqual(standard);
});

test('the bundle has what the configuration does not name', async () => {
  await mkdir(runtime);
  for (const name of ['firecracker', 'jailer']) await writeFile(join(runtime, name), '');
  const [firecracker, jailer] = [join(runtime, 'firecracker'), join(runtime, 'jailer')];
  expect(await here()).toEqual({ ...standard, firecracker, jailer });
  expect(await here({ ...standard, firecracker: '/opt/fc' })).toEqual({ ...standard, firecracker: '/opt/fc', jailer });
});
