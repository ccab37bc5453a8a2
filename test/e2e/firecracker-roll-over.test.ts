import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { UpdateVmRequest, VmServiceService, VmSpec } from '../../gen/banger/vmm/v1/vm_service.js';
import { type BangerError, isBangerError } from '../../lib/errors.js';
import { createClient } from '../../lib/rpc/client.js';
import { createInstallation, type Installation, withBrokenDnsd, withNewerSchema } from './support/installation.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** Builds that follow each other under API calls, and builds that must not; the hypervisor is the stand-in. */

interface Status {
  readonly pid: number;
  readonly buildId: string;
}

let device: KvmDevice;
let installation: Installation;
let world: StandInWorld;

beforeAll(async () => {
  device = await kvmDevice();
  installation = await createInstallation('aaaaaaaaaaaa');
  world = await createStandInWorld('off', { program: [installation.program] });
  await world.banger('daemon', 'start');
  await world.banger('vm', 'create', 'stays', '--memory', '128M');
});

afterAll(async () => {
  await world?.dispose();
  await installation?.remove();
  await device?.remove();
});

const status = () => world.json<Status>('daemon', 'status');
const names = async () => (await world.json<{ name: string }[]>('vm', 'list')).map(({ name }) => name);
const pidOfVm = async () => (await world.json<{ status: { pid: number } }>('vm', 'show', 'stays')).status.pid;

/** More make the roll-over no harder, only the test longer. */
const vmsEach = 4;

/** A client that makes VMs, changes and lists them, and repeats what it was told to repeat. */
class Caller {
  readonly #client;
  readonly made = new Map<string, { uid: string; memoryMib: number }>();
  readonly refusals = new Map<string, number>();

  constructor(readonly id: number) {
    const socket = join(world.runDir, 'vmm.sock');
    this.#client = createClient(VmServiceService, 'vmm', socket, { waitForReady: true });
  }

  async callUntil(over: AbortSignal): Promise<void> {
    for (let i = 0; !over.aborted; i++) {
      const name = `load-${this.id}-${i}`;
      if (i >= vmsEach) await this.#change(`load-${this.id}-${i % vmsEach}`);
      else await this.#create(name);
      await this.#persist(() => this.#client.listVms({ pageSize: 0, pageToken: '', selector: '' }));
    }
  }

  async #create(name: string): Promise<void> {
    const request = { name, spec: VmSpec.fromPartial({ memoryMib: 64 }), requestId: randomUUID(), noStart: true };
    const { vm } = await this.#persist(() => this.#client.createVm({ ...request, wait: false, validateOnly: false }));
    this.made.set(name, { uid: vm?.uid ?? '', memoryMib: 64 });
  }

  /** Each change is a new value: the last that was acknowledged has to be there in the end. */
  async #change(name: string): Promise<void> {
    const { uid = '', memoryMib = 0 } = this.made.get(name) ?? {};
    const next = { uid, memoryMib: memoryMib + 1 };
    await this.#persist(() => this.#client.updateVm(UpdateVmRequest.fromPartial({ name, memoryMib: next.memoryMib })));
    this.made.set(name, next);
  }

  /** Only what may be repeated is: anything else fails the test. */
  async #persist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isRetriable(error)) throw error;
        this.refusals.set(error.reason, (this.refusals.get(error.reason) ?? 0) + 1);
      }
    }
  }

  close(): void {
    this.#client.close();
  }
}

function isRetriable(error: unknown): error is BangerError {
  return isBangerError(error, 'SHUTTING_DOWN') || isBangerError(error, 'SERVICE_UNREACHABLE');
}

test('under a load of calls none that was acknowledged is lost, and each request makes one VM', async () => {
  const pid = await pidOfVm();
  const over = new AbortController();
  const callers = [1, 2, 3].map((id) => new Caller(id));
  const calls = Promise.all(callers.map((caller) => caller.callUntil(over.signal)));
  const restarted = await world.json<{ fromPid: number; pid: number }>('daemon', 'restart');
  expect(restarted.pid).not.toBe(restarted.fromPid);
  await installation.install('bbbbbbbbbbbb');
  await world.banger('vm', 'list');
  await world.banger('service', 'restart', 'vmm');
  over.abort();
  await calls;
  for (const caller of callers) caller.close();
  expect((await status()).buildId).toBe('bbbbbbbbbbbb');
  const list = await world.json<{ name: string; uid: string; spec: { memoryMib: number } }[]>('vm', 'list');
  const loaded = list.filter(({ name }) => name.startsWith('load-'));
  const found = new Map(loaded.map(({ name, uid, spec: { memoryMib } }) => [name, { uid, memoryMib }]));
  const made = new Map(callers.flatMap((caller) => [...caller.made]));
  expect(found).toEqual(made);
  const refusals = callers.flatMap((caller) => [...caller.refusals]).map(([reason, count]) => `${reason} ${count}`);
  process.stderr.write(`${made.size} VMs made; refused and repeated: ${refusals.join(', ') || 'none'}\n`);
  expect(made.size).toBeGreaterThan(0);
  expect(await pidOfVm()).toBe(pid);
  await world.banger('vm', 'delete', '--force', ...found.keys());
});

describe('a build that cannot run', () => {
  const refused = async (words: string[], text: RegExp) => {
    const before = await status();
    const { exitCode, stderr } = await world.attempt(...words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringMatching(text) });
    const after = await status();
    expect({ pid: after.pid, buildId: after.buildId }).toEqual({ pid: before.pid, buildId: before.buildId });
  };

  test('is refused, the former one goes on, and other commands say so and work', async () => {
    await installation.install('dddddddddddd', withBrokenDnsd);
    await refused(
      ['daemon', 'restart'],
      /cannot take over: dnsd: .*a file of the build is missing.*build bbbbbbbbbbbb, goes on/,
    );
    const { stdout, stderr } = await world.banger('vm', 'list');
    expect(stdout).toContain('stays');
    expect(stderr).toContain('note: the daemon runs build bbbbbbbbbbbb, and this is dddddddddddd');
    expect((await world.attempt('vm', 'list', '--json')).stderr).toBe('');
  });

  test('an older one, too, once a newer one has changed a database; the way back says what it loses', async () => {
    await installation.install('cccccccccccc', withNewerSchema);
    expect((await world.banger('daemon', 'restart')).stdout).toContain('build bbbbbbbbbbbb -> cccccccccccc');
    const { uid } = await world.json<{ uid: string }>('vm', 'create', 'fresh', '--no-start');
    const pid = await pidOfVm();
    await installation.install('bbbbbbbbbbbb');
    await refused(['daemon', 'restart'], /cannot take over: vmm: .*from a newer banger.*restore-backup/);
    await refused(['daemon', 'restore-backup'], /the daemon runs; stop it/);
    await world.banger('daemon', 'stop');
    const start = await world.attempt('daemon', 'start');
    expect(start).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/vmm does not come up: .*newer banger/) });
    const careful = await world.attempt('daemon', 'restore-backup');
    expect(careful).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/vm: 1 made \(fresh\), since/) });
    const { stdout } = await world.banger('daemon', 'restore-backup', '--discard-changes');
    expect(stdout).toMatch(/vmm\.db is as it was before; the newer one is .*vmm\.db\.newer/);
    expect((await world.banger('daemon', 'restore-backup')).stdout).toContain('nothing to do');
    await world.banger('daemon', 'start');
    expect(await names()).toEqual(['stays']);
    expect(await pidOfVm()).toBe(pid);
    // What the forgotten VM has on the host stays, as the manual says.
    const netd = createClient(NetworkServiceService, 'netd', join(world.runDir, 'netd.sock'));
    await netd.releaseAttachment({ vmUid: uid });
    netd.close();
  });
});
