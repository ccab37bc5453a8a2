import type {
  BootKernel,
  FoundMachine,
  Hypervisor,
  HypervisorInfo,
  LaunchPlan,
  Machine,
  MachineEnd,
} from '../../services/vmm/app/ports.js';
import { hypervisorFailed, hypervisorUnresponsive } from '../../services/vmm/domain/errors.js';
import type { ChosenHypervisor, ProcessIdentity } from '../../services/vmm/domain/vm.js';
import { Faults } from './faults.js';

const chosen: ChosenHypervisor = { kind: 'qemu', acceleration: 'tcg', reason: 'a fake has no KVM' };

/** A process on the fake host; it lives on when the adapter that started it is thrown away. */
class FakeProcess {
  readonly ended: Promise<MachineEnd>;
  #end: (end: MachineEnd) => void = () => undefined;
  alive = true;
  presses = 0;
  workDiskBytes = 0;

  constructor(
    readonly identity: ProcessIdentity,
    readonly plan: LaunchPlan,
  ) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  exit(end: MachineEnd): void {
    this.alive = false;
    this.#end(end);
  }
}

/** The machine that fake hypervisors run on. */
export class FakeHypervisorHost {
  readonly processes: FakeProcess[] = [];
  /** A guest that does not hear the power button. */
  deafGuests = false;

  running(uid: string): FakeProcess | undefined {
    return this.processes.find((process) => process.alive && process.plan.uid === uid);
  }

  guestPowersOff(uid: string): void {
    this.running(uid)?.exit({ cause: 'powered-off' });
  }

  crash(uid: string): void {
    this.running(uid)?.exit({ cause: 'crashed', detail: 'killed by the test' });
  }

  /** Puts a process on the host that bears our mark, as one does that a crashed service left. */
  start(plan: LaunchPlan): FakeProcess {
    const number = this.processes.length + 1;
    const process = new FakeProcess({ pid: 1000 + number, startTime: number }, plan);
    this.processes.push(process);
    return process;
  }
}

export class FakeHypervisor implements Hypervisor {
  readonly kind = 'qemu';
  readonly faults = new Faults();

  constructor(readonly host = new FakeHypervisorHost()) {}

  async describe(): Promise<HypervisorInfo> {
    return { ...chosen, version: '7.2.22' };
  }

  async choose(_kernel: BootKernel, signal?: AbortSignal): Promise<ChosenHypervisor> {
    await this.faults.at('choose', signal);
    return chosen;
  }

  async launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    await this.faults.at('launch', signal);
    if (this.host.running(plan.uid)) throw hypervisorFailed(plan.name, 'runs already');
    return new FakeMachine(this.host.start(plan), this.host, this.faults);
  }

  async find(): Promise<FoundMachine[]> {
    await this.faults.at('find');
    const alive = this.host.processes.filter((process) => process.alive);
    return alive.map((process) => ({ uid: process.plan.uid, process: process.identity }));
  }

  async adopt(found: FoundMachine): Promise<Machine | undefined> {
    await this.faults.at('adopt');
    const process = this.host.running(found.uid);
    const same = process?.identity.pid === found.process.pid && process.identity.startTime === found.process.startTime;
    return process && same ? new FakeMachine(process, this.host, this.faults) : undefined;
  }
}

class FakeMachine implements Machine {
  readonly uid: string;
  readonly process: ProcessIdentity;
  readonly ended: Promise<MachineEnd>;
  #following = true;

  constructor(
    private readonly fake: FakeProcess,
    private readonly host: FakeHypervisorHost,
    private readonly faults: Faults,
  ) {
    this.uid = fake.plan.uid;
    this.process = fake.identity;
    this.ended = new Promise((resolve) => {
      void fake.ended.then((end) => this.#following && resolve(end));
    });
  }

  async pressPowerButton(): Promise<void> {
    await this.faults.at('pressPowerButton');
    if (!this.fake.alive) throw hypervisorUnresponsive('press the power button', 'is gone');
    this.fake.presses++;
    if (!this.host.deafGuests) this.fake.exit({ cause: 'powered-off' });
  }

  async end(): Promise<void> {
    await this.faults.at('end');
    this.fake.exit({ cause: 'ended' });
  }

  async resizeWorkDisk(bytes: number): Promise<void> {
    await this.faults.at('resizeWorkDisk');
    this.fake.workDiskBytes = bytes;
  }

  letGo(): void {
    this.#following = false;
  }
}
