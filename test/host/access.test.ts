import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { DeleteVmResponse, VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { currentContext } from '../../lib/context.js';
import { runCommand } from '../../lib/host/command.js';
import { silentLog } from '../../lib/log.js';
import type { AccessRules } from '../../lib/rpc/access.js';
import type { Handlers } from '../../lib/rpc/contract.js';
import { bind, type RunningServer, serve } from '../../lib/rpc/server.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';

/** Processes of other users at a socket: the kernel says who they are, and which groups they are in now. */

const admins = { name: 'banger', gid: 7001 };
const readers = { name: 'watchers', gid: 7002 };
const rules: AccessRules = { adminUids: [0], adminGroup: admins, readers, services: new Map([[7004, 'dnsd']]) };

let folder: Awaited<ReturnType<typeof tempFolder>>;
let socket: string;
let program: string;
let server: RunningServer | undefined;
const callers: unknown[] = [];

beforeAll(async () => {
  folder = await tempFolder();
  await chmod(folder.path, 0o755);
  program = join(folder.path, 'caller.cjs');
  // Whole: other users cannot look into the checkout.
  const options = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' } as const;
  await build({ ...options, entryPoints: ['test/host/fixtures/caller.ts'], outfile: program });
});
afterEach(async () => {
  await server?.stop(200);
  server = undefined;
  callers.length = 0;
});
afterAll(() => folder.remove());

/** A server in a folder of the group of admins, as a unit makes it. */
async function start(access: AccessRules, mode: number) {
  const runDir = join(folder.path, `run-${mode.toString(8)}`);
  await mkdir(runDir, { recursive: true });
  await chown(runDir, 0, admins.gid);
  await chmod(runDir, mode);
  socket = join(runDir, 'vmm.sock');
  const answer = () => {
    callers.push(currentContext()?.caller);
    return DeleteVmResponse.fromPartial({});
  };
  const handlers = { getVm: answer, deleteVm: answer } as unknown as Handlers<typeof VmServiceService>;
  server = await serve({
    service: 'vmm',
    socketPath: socket,
    bindings: [bind(VmServiceService, handlers)],
    log: silentLog,
    access,
  });
}

async function call(method: string, uid: number, gid: number, groups: readonly number[] = []): Promise<string> {
  const membership = groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups';
  const as = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, membership, '--'];
  return (await runCommand([...as, process.execPath, program, socket, method])).stdout.trim();
}

test('each user may do what its groups let it, and is told what it may not', async () => {
  await start(rules, 0o755);
  expect(await call('deleteVm', 0, 0)).toBe('ok');
  expect(await call('deleteVm', 7000, 7000, [4, admins.gid])).toBe('ok');
  expect(callers.at(-1)).toEqual({ uid: 7000, gid: 7000, pid: expect.any(Number), groups: [4, admins.gid] });
  expect(await call('deleteVm', 7000, admins.gid)).toBe('ok');
  expect(await call('getVm', 7000, 7000, [readers.gid])).toBe('ok');
  expect(await call('deleteVm', 7000, 7000, [readers.gid])).toMatch(
    /^CALLER_DENIED: .*may read only; join the group banger/,
  );
  expect(await call('getVm', 7000, 7000)).toMatch(/^CALLER_DENIED: .*may not call anything here/);
  // The user of a service is no admin by the group that lets it come to the sockets.
  expect(await call('getVm', 7004, 7004, [admins.gid])).toBe('ok');
  expect(await call('deleteVm', 7004, 7004, [admins.gid])).toMatch(/^CALLER_DENIED: .*the service dnsd/);
});

test('groups beyond the usual number are all looked at', async () => {
  await start(rules, 0o755);
  const many = Array.from({ length: 200 }, (_, index) => 8000 + index);
  expect(await call('deleteVm', 7000, 7000, [...many, 9000])).toMatch(/^CALLER_DENIED/);
  // The kernel sorts them: ours is the last.
  const others = many.map((gid) => gid - 2000);
  expect(await call('deleteVm', 7000, 7000, [...others, admins.gid])).toBe('ok');
});

test('where nobody reads, the file system keeps everybody else from the socket', async () => {
  await start({ ...rules, readers: undefined }, 0o750);
  expect(await call('deleteVm', 7000, 7000, [admins.gid])).toBe('ok');
  expect(await call('getVm', 7000, 7000, [readers.gid])).toMatch(/^SERVICE_DENIED: .*permission denied/);
});
