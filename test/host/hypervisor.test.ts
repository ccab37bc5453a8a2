import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signalProcess } from '../../lib/host/process.js';
import type { Machine } from '../../services/vmm/app/ports.js';
import { hypervisorContract } from '../contracts/hypervisor.js';
import { adoptedBy } from '../contracts/hypervisor-under-test.js';
import { guestHost, guestUnderTest } from './vmm-guest-host.js';

const bytesPerMib = 1024 * 1024;

hypervisorContract('hypervisor: QEMU', () => guestUnderTest());

describe('a guest in QEMU', () => {
  let host: Awaited<ReturnType<typeof guestHost>>;
  let machine: Machine;

  beforeAll(async () => {
    host = await guestHost();
    machine = await host.adapter().launch(await host.plan(7));
    await host.isUp(machine);
  });

  afterAll(async () => {
    await machine.end();
    await host.remove();
  });

  test('the guest is who its disk says it is, behind the pinned host key', async () => {
    await host.run(machine.uid, 'test', '"$(cat', '/etc/hostname)"', '=', 'guest7');
  });

  test('a wrong host key is refused', async () => {
    await expect(host.runAsNobody(machine.uid)).rejects.toMatchObject({ reason: 'GUEST_COMMAND_FAILED' });
  });

  test('the console log has what the guest wrote, and stays within its limit', async () => {
    const path = host.paths.consoleLog(machine.uid);
    await host.run(machine.uid, 'echo hello-from-the-console > /dev/ttyS0');
    const following = new AbortController();
    let text = '';
    for await (const piece of host.consoles.read(machine.uid, { follow: true, signal: following.signal })) {
      text += Buffer.from(piece).toString();
      if (text.includes('hello-from-the-console')) following.abort();
    }
    expect(text).toContain('hello-from-the-console');
    await host.run(machine.uid, 'head -c 1200000 /dev/zero | tr "\\\\0" x > /dev/ttyS0');
    expect(statSync(path).size).toBeLessThan(bytesPerMib + 200_000);
    expect(statSync(`${path}.1`).size).toBeGreaterThanOrEqual(bytesPerMib);
  });

  test('the file system on the work disk grows while the guest runs', async () => {
    await host.run(machine.uid, 'touch', '/work/kept');
    await host.disks.extendWork({ uid: machine.uid, name: 'guest' }, 128);
    await machine.resizeWorkDisk(128 * bytesPerMib);
    await host.run(machine.uid, 'resize2fs', '/dev/vdc');
    await host.run(machine.uid, 'test', '"$(df -m /work | awk \'NR==2{print $2}\')"', '-gt', '100');
    await host.run(machine.uid, 'test', '-e', '/work/kept');
  });

  test('the hypervisor has given up what it does not need', () => {
    const status = readFileSync(`/proc/${machine.process.pid}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });

  test('one that did not answer when it was adopted is told again what it has not heard', async () => {
    await machine.pause();
    machine.letGo();
    signalProcess(machine.process, 'SIGSTOP');
    machine = await adoptedBy(host.adapter(), machine.uid);
    await expect(machine.resume()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
    signalProcess(machine.process, 'SIGCONT');
    await host.run(machine.uid, 'true');
  });

  test('a guest with systemd says the same last words', async () => {
    const plan = await host.plan(8, 'system');
    const consoles = host.consoles;
    for (const [command, cause, words] of [
      ['reboot', 'rebooted', 'restart'],
      ['poweroff', 'powered-off', 'power-off'],
      ['echo c > /proc/sysrq-trigger', 'panicked', { panic: expect.stringMatching(/^Kernel panic/) }],
    ] as const) {
      const guest = await host.adapter().launch(plan);
      await host.isUp(guest);
      await host.runLast(guest, command);
      expect(await guest.ended).toMatchObject({ cause });
      expect(await consoles.kernelWords(plan.uid)).toEqual(words);
    }
  });
});
