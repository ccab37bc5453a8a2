import type { Keyboard, LaunchPlan, Machine, MachineEnd } from '../../services/vmm/app/ports.js';
import { hypervisorUnresponsive } from '../../services/vmm/domain/errors.js';
import type { OwnEnd } from '../../services/vmm/domain/restart.js';
import type { DiskStats, MachineStats } from '../../services/vmm/domain/stats.js';
import type { HypervisorKind, ProcessIdentity } from '../../services/vmm/domain/vm.js';
import type { Faults } from './faults.js';
import type { FakeConsoles } from './guests.js';

/** A process on the fake host; it lives on when the adapter that started it is thrown away. */
export class FakeProcess {
  readonly ended: Promise<MachineEnd>;
  #end: (end: MachineEnd) => void = () => undefined;
  alive = true;
  paused = false;
  presses = 0;
  workDiskBytes = 0;
  /** Grows with every look. */
  ticks = 0;
  /** What was typed while the guest stood still. */
  #unread = '';

  constructor(
    readonly identity: ProcessIdentity,
    readonly plan: LaunchPlan,
    private readonly consoles: FakeConsoles,
  ) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    consoles.beginRun(plan.uid);
  }

  /** The guest's own end, with its kernel's last words. */
  guestEnds(end: OwnEnd): void {
    this.consoles.write(this.plan.uid, `[    9.000000] ${lastWords(end)}\r\n`);
    this.exit(end);
  }

  exit(end: MachineEnd): void {
    this.alive = false;
    this.#end(end);
  }

  /** The guest echoes what it reads. */
  type(text: string): void {
    this.#unread += text;
    this.#read();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.#read();
  }

  #read(): void {
    if (this.paused) return;
    this.consoles.write(this.plan.uid, this.#unread.replaceAll('\r', '\r\n'));
    this.#unread = '';
  }
}

function lastWords(end: OwnEnd): string {
  if (end.cause === 'powered-off') return 'reboot: Power down';
  return end.cause === 'rebooted' ? 'reboot: Restarting system' : end.detail;
}

/** What a machine needs to know of the host it is on. */
interface FakeHost {
  readonly deafGuests: boolean;
  readonly left: Set<string>;
}

export class FakeMachine implements Machine {
  readonly uid: string;
  readonly kind: HypervisorKind;
  readonly process: ProcessIdentity;
  readonly ended: Promise<MachineEnd>;
  #following = true;

  constructor(
    private readonly fake: FakeProcess,
    private readonly host: FakeHost,
    private readonly faults: Faults,
  ) {
    this.uid = fake.plan.uid;
    this.kind = fake.plan.hypervisor;
    this.process = fake.identity;
    this.ended = new Promise((resolve) => {
      void fake.ended.then((end) => {
        if (!this.#following) return;
        host.left.delete(this.uid);
        resolve(end);
      });
    });
  }

  async pressPowerButton(): Promise<void> {
    await this.#reach('pressPowerButton', 'press the power button');
    this.fake.presses++;
    if (!this.host.deafGuests && !this.fake.paused) this.fake.guestEnds({ cause: 'powered-off' });
  }

  async end(): Promise<void> {
    await this.faults.at('end');
    this.fake.exit({ cause: 'ended' });
  }

  async pause(): Promise<void> {
    await this.#reach('pause', 'pause');
    this.fake.pause(true);
  }

  async resume(): Promise<void> {
    await this.#reach('resume', 'resume');
    this.fake.pause(false);
  }

  async resizeWorkDisk(bytes: number): Promise<void> {
    await this.#reach('resizeWorkDisk', 'resize the work disk');
    this.fake.workDiskBytes = bytes;
  }

  async stats(): Promise<MachineStats> {
    await this.#reach('stats', 'read the figures');
    const n = ++this.fake.ticks;
    const { work } = this.fake.plan.disks;
    const names = ['base', 'overlay', ...(work === undefined ? [] : ['work'])] as DiskStats['name'][];
    return {
      uptimeMs: n,
      cpuMs: n,
      residentBytes: n,
      guestMemory: { totalBytes: 2 * n, availableBytes: n, balloonBytes: 0 },
      disks: names.map((name) => ({ name, readBytes: n, writtenBytes: n, readCount: n, writeCount: n })),
      // At the first look nothing is on its way yet.
      network: { receivedBytes: n - 1, sentBytes: n - 1, receivedPackets: n - 1, sentPackets: n - 1 },
      counters: {},
    };
  }

  async openKeyboard(): Promise<Keyboard> {
    await this.#reach('openKeyboard', 'type');
    return {
      type: async (bytes) => {
        await this.#reach('type', 'type');
        this.fake.type(Buffer.from(bytes).toString());
      },
      close: () => this.faults.calls.push('closeKeyboard'),
    };
  }

  letGo(): void {
    this.#following = false;
  }

  async #reach(call: string, what: string): Promise<void> {
    await this.faults.at(call);
    if (!this.fake.alive) throw hypervisorUnresponsive(`${what} of vm ${this.uid}`, 'is gone');
  }
}
