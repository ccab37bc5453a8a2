import { expect } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import type { Consoles, LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import {
  adoptedBy,
  type Check,
  findOne,
  type HypervisorUnderTest,
  nothingIsLeft,
  uidsOf,
} from './hypervisor-under-test.js';

/** One guest serves them all: they go on from each other. */
export function aGuestThatRuns(under: () => HypervisorUnderTest, check: Check, buttonEnd: string): void {
  let plan: LaunchPlan;
  let machine: Machine;

  check(['launch'], 'a launched guest is found, survives its adapter, and is adopted', async () => {
    const first = under().adapter();
    plan = await under().plan(1);
    const launched = await first.launch(plan);
    expect(launched).toMatchObject({ uid: plan.uid, kind: first.kind });
    expect(await uidsOf(first)).toEqual([plan.uid]);
    launched.letGo();
    const second = under().adapter();
    const found = await findOne(second, plan.uid);
    expect(found).toMatchObject({ kind: first.kind, process: launched.process });
    machine = await adoptedBy(second, plan.uid);
    expect(machine).toMatchObject({ uid: plan.uid, kind: first.kind, process: launched.process });
    await under().guestIsUp(machine);
  });

  check(['launch'], 'a process that is another one by now is not adopted', async () => {
    const hypervisor = under().adapter();
    const { uid, kind } = machine;
    const { pid, startTime } = machine.process;
    for (const other of [
      { pid, startTime: startTime + 1 },
      { pid: process.pid, startTime },
    ])
      expect(await hypervisor.adopt({ uid, kind, process: other }, 'guest')).toBeUndefined();
    expect(await uidsOf(hypervisor)).toEqual([uid]);
  });

  check(['launch'], 'a second launch of a VM that runs is refused and does it no harm', async () => {
    const hypervisor = under().adapter();
    await expect(hypervisor.launch(plan)).rejects.toMatchObject({ reason: 'HYPERVISOR_FAILED' });
    expect(await uidsOf(hypervisor)).toEqual([plan.uid]);
    await machine.stats();
  });

  check(['launch', 'guest'], 'its figures grow, for each disk', async () => {
    const before = await machine.stats();
    expect(before.disks.map((disk) => disk.name)).toEqual(['base', 'overlay', 'work']);
    const grows = async () => {
      const { uptimeMs, cpuMs, residentBytes, network, disks } = await machine.stats();
      const works = residentBytes > 0 && network.sentPackets > 0 && network.receivedPackets > 0;
      const [base, overlay] = disks;
      return works && uptimeMs > before.uptimeMs && cpuMs > before.cpuMs && base?.readBytes && overlay?.writtenBytes;
    };
    expect(await pollUntil(grows, { what: 'the figures grow', timeoutMs: 60_000 })).toBeGreaterThan(0);
  });

  check(['launch', 'guest', 'guest-memory'], 'the guest tells of its memory', async () => {
    const told = async () => (await machine.stats()).guestMemory;
    const memory = await pollUntil(told, { what: 'the guest tells of its memory', timeoutMs: 120_000 });
    expect(memory.totalBytes).toBeGreaterThan(0);
    expect(memory.totalBytes).toBeLessThanOrEqual(plan.memoryMib * 1024 * 1024);
    expect(memory.availableBytes).toBeLessThanOrEqual(memory.totalBytes);
    expect(memory.balloonBytes).toBe(0);
  });

  const shown = (word: string, timeoutMs = 60_000) =>
    pollUntil(async () => (await consoleText(under().consoles, plan.uid)).includes(word), {
      what: `the console shows ${word}`,
      timeoutMs,
    });

  check(['launch', 'guest', 'keyboard'], 'what is typed is echoed, from several keyboards', async () => {
    const keyboards = [await machine.openKeyboard(), await machine.openKeyboard()] as const;
    await keyboards[0].type(Buffer.from('typed-one\n'));
    await shown('typed-one');
    keyboards[0].close();
    await keyboards[1].type(Buffer.from('typed-two\n'));
    keyboards[1].close();
    await shown('typed-two');
  });

  check(['launch', 'guest', 'keyboard'], 'a paused guest stands still, and still does after an adoption', async () => {
    for (const _ of ['once', 'again']) await machine.pause();
    const keyboard = await machine.openKeyboard();
    await keyboard.type(Buffer.from('typed-while-paused\n'));
    await expect(shown('typed-while-paused', 500)).rejects.toMatchObject({ reason: 'GAVE_UP' });
    machine.letGo();
    machine = await adoptedBy(under().adapter(), plan.uid);
    await expect(shown('typed-while-paused', 100)).rejects.toMatchObject({ reason: 'GAVE_UP' });
    for (const _ of ['once', 'again']) await resumed(machine);
    await shown('typed-while-paused');
  });

  check(['launch', 'guest', 'work-disk'], 'the work disk grows while the guest runs', async () => {
    const bytes = 128 * 1024 * 1024;
    await under().extendWorkDisk(plan.uid, bytes);
    await machine.resizeWorkDisk(bytes);
    const grown = () => under().seesWorkDisk(machine, bytes);
    await pollUntil(grown, { what: 'the guest has the larger disk', timeoutMs: 60_000 });
  });

  check(['launch', 'guest'], 'its power button ends it, and nothing is left', async () => {
    await machine.pressPowerButton();
    expect(await machine.ended).toEqual({ cause: buttonEnd });
    await nothingIsLeft(under(), plan.uid);
    await machine.end();
  });
}

/** A hypervisor that was slow to answer when it was adopted is connected to a little later. */
async function resumed(machine: Machine): Promise<void> {
  const isHeard = () =>
    machine.resume().then(
      () => true,
      () => false,
    );
  await pollUntil(isHeard, { what: 'the hypervisor lets the guest go on', timeoutMs: 60_000 });
}

async function consoleText(consoles: Consoles, uid: string): Promise<string> {
  const signal = new AbortController().signal;
  let text = '';
  for await (const piece of consoles.read(uid, { follow: false, signal })) text += Buffer.from(piece).toString();
  return text;
}
