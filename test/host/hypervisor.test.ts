import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signalProcess } from '../../lib/host/process.js';
import type { Machine } from '../../services/vmm/app/ports.js';
import { hypervisorContract } from '../contracts/hypervisor.js';
import { guestHost } from './vmm-guest-host.js';

/** A guest under software emulation on a busy machine takes its time; nothing here is about speed. */
const generousMs = 240_000;
const bytesPerMib = 1024 * 1024;

hypervisorContract(
  'QEMU',
  async () => {
    const host = await guestHost();
    return {
      adapter: host.adapter,
      plan: (digit) => host.plan(digit),
      guestIsUp: (uid) => host.guests.answers(host.addressOf(uid), AbortSignal.timeout(generousMs)),
      // ssh ends with the guest, before it can report a success.
      guestPowersOff: (uid) => host.run(uid, 'poweroff').catch(() => undefined),
      crash: async ({ process }) => {
        signalProcess(process, 'SIGKILL');
      },
      dispose: host.remove,
    };
  },
  generousMs,
);

let host: Awaited<ReturnType<typeof guestHost>>;
let machine: Machine;

beforeAll(async () => {
  host = await guestHost();
  machine = await host.adapter().launch(await host.plan(7));
  await host.guests.answers(host.addressOf(machine.uid), AbortSignal.timeout(generousMs));
}, generousMs);

afterAll(async () => {
  await machine.end();
  await host.remove();
}, generousMs);

test(
  'the guest is who its disk says it is, behind the pinned host key',
  async () => {
    await host.run(machine.uid, 'test', '"$(cat', '/etc/hostname)"', '=', 'guest7');
  },
  generousMs,
);

test(
  'a wrong host key is refused',
  async () => {
    const wrong = { address: host.addressOf(machine.uid), user: 'root', hostKeyAlias: 'nobody' };
    await expect(host.guests.run(wrong, ['true'])).rejects.toMatchObject({ reason: 'GUEST_COMMAND_FAILED' });
  },
  generousMs,
);

test(
  'the console log has what the guest wrote, and stays within its limit',
  async () => {
    const path = host.paths.consoleLog(machine.uid);
    await host.run(machine.uid, 'echo hello-from-the-console > /dev/ttyS0');
    const following = new AbortController();
    let text = '';
    for await (const piece of host.consoles.read(machine.uid, {
      tailBytes: 0,
      follow: true,
      signal: following.signal,
    })) {
      text += Buffer.from(piece).toString();
      if (text.includes('hello-from-the-console')) following.abort();
    }
    expect(text).toContain('hello-from-the-console');
    await host.run(machine.uid, 'head -c 1200000 /dev/zero | tr "\\\\0" x > /dev/ttyS0');
    expect(statSync(path).size).toBeLessThan(bytesPerMib + 200_000);
    expect(statSync(`${path}.1`).size).toBeGreaterThanOrEqual(bytesPerMib);
  },
  generousMs,
);

test(
  'the work disk grows while the guest runs',
  async () => {
    await host.run(machine.uid, 'touch', '/work/kept');
    await host.disks.extendWork({ uid: machine.uid, name: 'guest' }, 128);
    await machine.resizeWorkDisk(128 * bytesPerMib);
    await host.run(machine.uid, 'resize2fs', '/dev/vdc');
    await host.run(machine.uid, 'test', '"$(df -m /work | awk \'NR==2{print $2}\')"', '-gt', '100');
    await host.run(machine.uid, 'test', '-e', '/work/kept');
  },
  generousMs,
);

test('the hypervisor has given up what it does not need', () => {
  const status = readFileSync(`/proc/${machine.process.pid}/status`, 'utf8');
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(status).toMatch(/^Seccomp:\s+2$/m);
});
