import type { Hypervisor, LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import type { HypervisorReport } from '../../services/vmm/domain/choice.js';
import { hypervisorFailed } from '../../services/vmm/domain/errors.js';
import type { OwnEnd } from '../../services/vmm/domain/restart.js';
import type { FoundMachine, Traces } from '../../services/vmm/domain/traces.js';
import type { HypervisorKind } from '../../services/vmm/domain/vm.js';
import { Faults } from './faults.js';
import { FakeConsoles } from './guests.js';
import { FakeMachine, FakeProcess } from './machine.js';

export const fakeVersion = '7.2.22';

/** The machine that fake hypervisors run on. */
export class FakeHypervisorHost {
  readonly processes: FakeProcess[] = [];
  /** The VMs that something is left of which nobody has cleared away, such as a socket. */
  readonly left = new Set<string>();
  /** What hypervisors have left about ends that nobody saw, by VM. */
  readonly lastEnds = new Map<string, OwnEnd>();
  /** A guest that does not hear the power button. */
  deafGuests = false;

  constructor(readonly consoles = new FakeConsoles()) {}

  running(uid: string): FakeProcess | undefined {
    return this.processes.find((process) => process.alive && process.plan.uid === uid);
  }

  guestPowersOff(uid: string): void {
    this.running(uid)?.guestEnds({ cause: 'powered-off' });
  }

  guestReboots(uid: string): void {
    this.running(uid)?.guestEnds({ cause: 'rebooted' });
  }

  guestPanics(uid: string): void {
    const detail = 'Kernel panic - not syncing: sysrq triggered crash';
    this.running(uid)?.guestEnds({ cause: 'panicked', detail });
  }

  crash(uid: string): void {
    this.running(uid)?.exit({ cause: 'crashed', detail: 'killed by the test' });
  }

  /** Puts a process on the host that bears our mark, as one does that a crashed service left. */
  start(plan: LaunchPlan): FakeProcess {
    const number = this.processes.length + 1;
    const process = new FakeProcess({ pid: 1000 + number, startTime: number }, plan, this.consoles);
    this.processes.push(process);
    this.left.add(plan.uid);
    return process;
  }
}

/** One kind of hypervisor. What it has started lives on when it is thrown away. */
export class FakeHypervisor implements Hypervisor {
  readonly faults = new Faults();

  constructor(
    readonly host = new FakeHypervisorHost(),
    readonly kind: HypervisorKind = 'qemu',
  ) {}

  async inspect(): Promise<HypervisorReport> {
    await this.faults.at('inspect');
    const usable = { ok: true, detail: `${this.kind} is there`, remedy: '' };
    return { kind: this.kind, program: `/usr/bin/${this.kind}`, version: fakeVersion, usable };
  }

  async tryKvm(_kernel: unknown, signal?: AbortSignal): Promise<string | undefined> {
    await this.faults.at('tryKvm', signal);
    return 'a fake has no KVM';
  }

  async launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    await this.faults.at('launch', signal);
    if (this.host.running(plan.uid)) throw hypervisorFailed(plan.name, 'runs already');
    const { vmlinuxPath } = plan;
    if (vmlinuxPath.startsWith('/nowhere/')) throw hypervisorFailed(plan.name, `cannot open ${vmlinuxPath}`);
    return this.#follow(this.host.start(plan));
  }

  /** Of every kind: a host of fakes has one adapter only. */
  async find(): Promise<FoundMachine[]> {
    await this.faults.at('find');
    const { machines, leftovers } = await this.look();
    for (const { uid } of leftovers) this.host.left.delete(uid);
    return [...machines];
  }

  async look(): Promise<Traces> {
    await this.faults.at('look');
    const alive = this.host.processes.filter((process) => process.alive);
    const machines = alive.map(({ plan, identity }) => ({ uid: plan.uid, kind: plan.hypervisor, process: identity }));
    const left = [...this.host.left].filter((uid) => !this.host.running(uid));
    return { machines, leftovers: left.map((uid) => ({ uid, kind: 'FOLDER', subject: `/run/vms/${uid}` })) };
  }

  async adopt(found: FoundMachine, _name: string): Promise<Machine | undefined> {
    await this.faults.at('adopt');
    const process = this.host.running(found.uid);
    const same = process?.identity.pid === found.process.pid && process.identity.startTime === found.process.startTime;
    return process && same ? this.#follow(process) : undefined;
  }

  async lastEnd(uid: string): Promise<OwnEnd | undefined> {
    return this.host.lastEnds.get(uid);
  }

  #follow(process: FakeProcess): Machine {
    return new FakeMachine(process, this.host, this.faults);
  }
}
