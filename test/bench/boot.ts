import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateVmRequest, VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { runCommand } from '../../lib/host/command.js';
import { commandLine, endProcess, identify } from '../../lib/host/process.js';
import { spawnDetached } from '../../lib/host/spawn.js';
import { createClient } from '../../lib/rpc/client.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { TcpGuests } from '../../services/vmm/host/guests.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

const spec = { memoryMib: 256, cpuCount: 1 };
const bootMs = 300_000;
/** Both are watched by the same eye, so that only the starting differs. */
const guests = new TcpGuests({ identityFile: '', knownHostsFile: '' });

/** From the create call until sshd answers, against the same QEMU command line started by hand on disks and a tap that are there. */
export async function benchBoot(world: World): Promise<Row[]> {
  const vmm = createClient(VmServiceService, 'vmm', join(world.runDir, 'vmm.sock'));
  const scratch = await tempFolder();
  try {
    const bare = await bareMachine(world, vmm, scratch.path);
    const name = 'bench-boot';
    const before: number[] = [];
    const ours = async () => {
      const request = CreateVmRequest.fromPartial({ name, spec, wait: true });
      const called = uptimeMs();
      let pid = 0;
      const ms = await timed(async () => {
        pid = (await vmm.createVm(request, { deadlineMs: bootMs })).vm?.status?.pid ?? 0;
      });
      before.push(startedAtMs(pid) - called);
      await vmm.deleteVm({ name, force: true, wait: true, purge: true });
      return ms;
    };
    const { values, baselines } = await alternate(5, ours, bare);
    await vmm.deleteVm({ name: 'bench-bare', force: true, wait: true, purge: true });
    return [
      row('create to ssh / QEMU command line', 'ms', values, baselines),
      row('create until QEMU starts / its boot', 'ms', before, baselines),
    ];
  } finally {
    vmm.close();
    await scratch.remove();
  }
}

/**
 * Learns the command line from a VM that banger ran once, and returns a function that starts the same by hand: on a
 * fresh copy of that VM's first disk, on its tap, with sockets and logs in a folder of the bench.
 */
async function bareMachine(world: World, vmm: VmClient, scratch: string): Promise<() => Promise<number>> {
  const name = 'bench-bare';
  const create = CreateVmRequest.fromPartial({ name, spec, noStart: true, wait: true });
  const uid = (await vmm.createVm(create)).vm?.uid ?? '';
  const [disks, sockets] = [join(world.stateDir, 'vmm/vms', uid), join(world.runDir, 'vms', uid)];
  const pristine = join(scratch, 'pristine');
  await runCommand(['cp', '-a', '--sparse=always', disks, pristine]);
  const started = (await vmm.startVm({ name, wait: true }, { deadlineMs: bootMs })).vm?.status;
  const argv = commandLine(started?.pid ?? 0) ?? [];
  await vmm.killVm({ name, wait: true });
  const folder = join(scratch, 'bare');
  const ownArgv = argv.map((argument) => argument.replaceAll(disks, folder).replaceAll(sockets, folder));
  return async () => {
    await runCommand(['rm', '-rf', folder]);
    await runCommand(['cp', '-a', '--sparse=always', pristine, folder]);
    mkdirSync(folder, { recursive: true });
    const start = performance.now();
    const { identity: process } = await spawnDetached(ownArgv, { logPath: join(folder, 'bare.log') });
    await guests.answers(started?.ipv4Address ?? '', AbortSignal.timeout(bootMs));
    const ms = performance.now() - start;
    await endProcess(process, 5_000);
    return ms;
  };
}

/** Since boot, as the kernel counts for processes. */
function uptimeMs(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
}

/** To 10 ms: the kernel tells it in clock ticks, of which x86 has 100 a second. */
function startedAtMs(pid: number): number {
  return (identify(pid)?.startTime ?? Number.NaN) * 10;
}

type VmClient = ReturnType<typeof createClient<typeof VmServiceService>>;
