import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  Acceleration,
  AttachConsoleRequest,
  CreateVmRequest,
  HypervisorKind,
  UpdateVmRequest,
  VmServiceService,
  VmState,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import { silentLog } from '../../../lib/log.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { RpcClient } from '../../../lib/rpc/contract.js';
import { bind, type RunningServer, serve } from '../../../lib/rpc/server.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { vmHandlers } from './vms.js';

/** The whole service over a real socket, with fakes for the world: each method once. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: FakeWorld;
let server: RunningServer;
let client: RpcClient<typeof VmServiceService>;

beforeEach(async () => {
  folder = await tempFolder();
  world = new FakeWorld();
  const socketPath = join(folder.path, 'vmm.sock');
  const bindings = [bind(VmServiceService, vmHandlers(world.vmm))];
  server = await serve({ service: 'vmm', socketPath, bindings, log: silentLog });
  client = createClient(VmServiceService, 'vmm', socketPath);
});

afterEach(async () => {
  client.close();
  await server.stop(200);
  await world.vmm.stop();
  await folder.remove();
});

const create = (name = 'web') => client.createVm(CreateVmRequest.fromPartial({ name, wait: true }));

test('a vm goes through its life', async () => {
  expect((await create()).vm).toMatchObject({ name: 'web', status: { state: VmState.RUNNING } });
  const wait = { name: 'web', wait: true };
  const states = [
    await client.stopVm({ ...wait, graceSeconds: 0 }),
    await client.startVm(wait),
    await client.restartVm({ ...wait, graceSeconds: 0 }),
    await client.killVm(wait),
  ].map(({ vm }) => vm?.status?.state);
  expect(states).toEqual([VmState.STOPPED, VmState.RUNNING, VmState.RUNNING, VmState.STOPPED]);
  const { vm } = await client.updateVm(UpdateVmRequest.fromPartial({ name: 'web', cpuCount: 2 }));
  expect(vm?.spec?.cpuCount).toBe(2);
  await client.deleteVm({ ...wait, force: false, purge: false });
  await expect(client.getVm({ name: 'web' })).rejects.toMatchObject({ reason: 'VM_NOT_FOUND' });
});

test('a vm is paused, goes on, and says what it uses', async () => {
  await create();
  const wait = { name: 'web', wait: true };
  expect((await client.pauseVm(wait)).vm?.status?.state).toBe(VmState.PAUSED);
  expect((await client.resumeVm(wait)).vm?.status?.state).toBe(VmState.RUNNING);
  const { stats } = await client.getVmStats({ name: 'web' });
  expect(stats).toMatchObject({
    uptime: { seconds: 0, nanos: 1_000_000 },
    guestMemory: { totalBytes: 2, availableBytes: 1, balloonBytes: 0 },
    disks: [{ name: 'base' }, { name: 'overlay' }],
    network: { receivedBytes: 0 },
  });
  await client.killVm(wait);
  await expect(client.pauseVm(wait)).rejects.toMatchObject({ reason: 'VM_WRONG_STATE' });
  await expect(client.getVmStats({ name: 'web' })).rejects.toMatchObject({ reason: 'VM_WRONG_STATE' });
});

test('vms are shown, listed and watched', async () => {
  await create('b');
  await create('a');
  expect((await client.getVm({ name: 'a' })).vm?.name).toBe('a');
  const page = await client.listVms({ pageSize: 1, pageToken: '', selector: '' });
  expect(page.vms.map(({ name }) => name)).toEqual(['a']);
  const seen: (string | undefined)[] = [];
  for await (const { event } of client.watchVms({ name: '', selector: '' })) {
    seen.push(event?.$case);
    if (event?.$case === 'synced') break;
  }
  expect(seen).toEqual(['upserted', 'upserted', 'synced']);
});

test('what went wrong with a vm reaches the caller who waits for it', async () => {
  world.patience = { ...world.patience, bootMs: 20 };
  world.guests.faults.hang('answers');
  await expect(create()).rejects.toMatchObject({ reason: 'BOOT_TIMEOUT' });
  expect((await client.getVm({ name: 'web' })).vm?.status).toMatchObject({
    state: VmState.FAILED,
    lastError: { reason: 'BOOT_TIMEOUT' },
  });
});

test('a caller whose deadline passes gets it told, and the vm goes on', async () => {
  world.guests.faults.hang('answers');
  const request = CreateVmRequest.fromPartial({ name: 'web', wait: true });
  await expect(client.createVm(request, { deadlineMs: 200 })).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  expect((await client.getVm({ name: 'web' })).vm?.status?.state).toBe(VmState.STARTING);
});

test('the console log is sent', async () => {
  const { vm } = await create();
  world.consoles.texts.set(vm?.uid ?? '', 'Linux version 6.1');
  const pieces: Buffer[] = [];
  for await (const { data } of client.streamConsoleLog({ name: 'web', tailBytes: 0, follow: false, since: undefined }))
    pieces.push(data);
  expect(Buffer.concat(pieces).toString()).toBe('Linux version 6.1');
  const negative = client
    .streamConsoleLog({ name: 'web', tailBytes: -1, follow: false, since: undefined })
    [Symbol.asyncIterator]();
  await expect(negative.next()).rejects.toMatchObject({ fields: [{ field: 'tail_bytes' }] });
});

test('a console is typed at and read, and not without its name', async () => {
  const { vm } = await create();
  let answered: () => void = () => undefined;
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  async function* requests() {
    yield AttachConsoleRequest.fromPartial({ name: 'web' });
    yield AttachConsoleRequest.fromPartial({ data: Buffer.from('ls') });
    await answer;
  }
  const pieces: Buffer[] = [];
  for await (const { data } of client.attachConsole(requests())) {
    pieces.push(data);
    if (data.length > 0) answered();
  }
  expect(Buffer.concat(pieces).toString()).toBe('ls');
  expect(world.consoles.texts.get(vm?.uid ?? '')).toBe('ls');
  async function* nameless() {
    yield AttachConsoleRequest.fromPartial({ data: Buffer.from('ls') });
  }
  const refused = client.attachConsole(nameless())[Symbol.asyncIterator]();
  await expect(refused.next()).rejects.toMatchObject({ fields: [{ field: 'name' }] });
});

test('how to log in, and that a vm without an address cannot be', async () => {
  await create();
  expect(await client.getSshAccess({ name: 'web' })).toEqual({
    address: '10.77.0.10',
    port: 22,
    user: 'root',
    identityFile: '/ssh/id_ed25519',
    knownHostsFile: '/ssh/known_hosts',
    hostKeyAlias: 'web.vm',
  });
  expect(await client.getSshFiles({})).toEqual({
    identityFile: '/ssh/id_ed25519',
    knownHostsFile: '/ssh/known_hosts',
    configFile: '/ssh/config',
  });
  expect(world.keys.config).toContain('Host web.vm *.web.vm\n  HostName 10.77.0.10\n');
  world.networks.faults.failOnce('ensure', new Error('no'));
  await create('db').catch(() => undefined);
  await expect(client.getSshAccess({ name: 'db' })).rejects.toMatchObject({ reason: 'VM_HAS_NO_ADDRESS' });
});

test('which hypervisor new vms get, and what each one is here', async () => {
  const absent = { ok: false, detail: 'a fake has none', remedy: 'use a real host' };
  expect(await client.getHypervisor({})).toEqual({
    kind: HypervisorKind.QEMU,
    acceleration: Acceleration.TCG,
    version: '7.2.22',
    reason: 'a fake has no KVM',
    hypervisors: [
      {
        kind: HypervisorKind.QEMU,
        program: '/usr/bin/qemu',
        version: '7.2.22',
        usable: { ok: true, detail: 'qemu is there', remedy: '' },
      },
    ],
    kvm: absent,
    jailer: absent,
    programs: { ok: true, detail: 'the other programs that vms need are there', remedy: '' },
  });
});
