import { expect, test } from '@jest/globals';
import { Vm, VmState, VmStats } from '../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../lib/clock.js';
import { BangerError } from '../../lib/errors.js';
import { banger, serveVmm, type Terminal, web } from '../../test/fakes/command-line.js';
import { usesOf } from '../top.js';

const mib = 1024 * 1024;
const vm = (name: string, state = VmState.RUNNING) => Vm.fromPartial({ ...web, name, uid: name, status: { state } });
const at = (uptime: number, cpu: number, read = 0) =>
  VmStats.fromPartial({
    uptime: { seconds: uptime, nanos: 0 },
    cpuTime: { seconds: Math.floor(cpu), nanos: (cpu % 1) * 1e9 },
    residentBytes: 100 * mib,
    disks: [
      { name: 'base', readBytes: read },
      { name: 'overlay', readBytes: read },
    ],
    network: { receivedBytes: 10 * read, sentBytes: 0 },
  });
const reading = (name: string, stats: VmStats) => ({ vm: vm(name), stats });

test('rates are those since the look before, the busiest first', () => {
  const before = [reading('a', at(100, 50, 1000)), reading('b', at(10, 0))];
  const after = [reading('a', at(104, 51, 5000)), reading('b', at(14, 8))];
  expect(usesOf(before, after)).toMatchObject([
    { name: 'b', cpuPercent: 200 },
    { name: 'a', cpuPercent: 25, diskReadBytesPerSecond: 2000, networkReceivedBytesPerSecond: 10_000 },
  ]);
});

test('of one that is new, or was started again since, they are those since its start', () => {
  const before = [reading('a', at(100, 90))];
  const after = [reading('a', at(4, 1)), reading('b', at(0, 0))];
  expect(usesOf(before, after)).toMatchObject([
    { name: 'a', cpuPercent: 25 },
    { name: 'b', cpuPercent: 0 },
  ]);
});

/** Each look finds the VM a second older, half of it spent. */
function serveBusy() {
  let looks = 0;
  return serveVmm({
    listVms: () => ({
      vms: [vm('busy'), vm('ended'), vm('off', VmState.STOPPED)],
      nextPageToken: '',
    }),
    getVmStats: ({ name }) => {
      if (name !== 'busy') throw new BangerError('wrong-state', 'VM_WRONG_STATE', `${name} has ended`);
      looks++;
      return { stats: at(100 + looks, 10 + looks / 2) };
    },
  });
}

test('off a terminal there is one table; what has ended meanwhile is left out', async () => {
  await serveBusy();
  const shown = await banger('top -i 1');
  expect(shown.stderr).toBe('');
  expect(shown.stdout).toBe(
    [
      'NAME  STATE      CPU   MEMORY  GUEST FREE   READ  WRITTEN     IN    OUT',
      'busy  running  50.0%  100 MiB           -  0 B/s    0 B/s  0 B/s  0 B/s',
      '',
    ].join('\n'),
  );
  expect(JSON.parse((await banger('top -i 1 --json')).stdout)).toMatchObject([{ name: 'busy', cpuPercent: 50 }]);
});

test('on a terminal it goes on until Ctrl-C, on a page of its own', async () => {
  await serveBusy();
  const { code, stdout } = await banger('top -i 1', (terminal: Terminal) => {
    terminal.output.isTTY = true;
    const tables = () => terminal.stdout().split('busy').length - 1;
    void pollUntil(async () => tables() >= 2, { what: 'two tables', timeoutMs: 60_000 }).then(terminal.interrupt);
  });
  expect(code).toBe(0);
  expect(stdout.startsWith('\x1b[?1049h')).toBe(true);
  expect(stdout.endsWith('\x1b[?1049l')).toBe(true);
});

test('what is no matter of one VM ends it', async () => {
  await serveVmm({
    listVms: () => ({ vms: [vm('a')], nextPageToken: '' }),
    getVmStats: () => {
      throw new BangerError('internal', 'INTERNAL', 'broken');
    },
  });
  expect((await banger('top --once')).code).toBe(1);
});
