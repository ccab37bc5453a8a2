import { endedAfterFailure, endedByItself } from '../domain/moves.js';
import { type VmState, withStatus } from '../domain/vm.js';
import type { Machine, MachineEnd } from './ports.js';
import type { World } from './world.js';

/** States in which a machine runs and no worker waits for its end. */
const settled: readonly VmState[] = ['RUNNING', 'PAUSED'];

/** The hypervisor processes that this service follows, by VM. Sees to it that none ends unnoticed. */
export class Machines {
  readonly #machines = new Map<string, Machine>();
  /** Ends that are not recorded: a worker was at the VM, and may have looked for the last time, or the disk was full. */
  readonly #unseen = new Map<string, MachineEnd>();

  constructor(
    private readonly world: Pick<World, 'store' | 'log' | 'host' | 'hypervisors'>,
    /** What is being done for a settled VM is of no use any more when its machine has ended by itself. */
    private readonly interrupt: (uid: string) => void,
  ) {}

  get(uid: string): Machine | undefined {
    return this.#machines.get(uid);
  }

  /** Follows a machine and writes down which process runs the VM. */
  add(machine: Machine): void {
    const { uid, process } = machine;
    this.#machines.set(uid, machine);
    this.#unseen.delete(uid);
    machine.ended
      .then((end) => this.#onEnd(machine, end))
      .catch((err) => {
        this.world.log.error({ uid, err }, 'could not record the end of a hypervisor; trying again');
        this.interrupt(uid);
      });
    // Last, for the disk may be full: the machine is followed all the same.
    this.world.store.change(uid, (vm) => withStatus(vm, { process }));
  }

  /** Ends a VM's hypervisor, if it has one, and returns when it is gone. One that could not be followed is looked for. */
  async end(uid: string): Promise<void> {
    const machine = this.#machines.get(uid) ?? (await this.#unfollowed(uid));
    await machine?.end();
    this.#forget(machine);
    this.#unseen.delete(uid);
  }

  /** Before a worker looks at a VM: an end that the last move did not see, or that could not be recorded, is now. */
  catchUp(uid: string): void {
    const end = this.#unseen.get(uid);
    if (end) this.#onOwnEnd(uid, end);
  }

  /** Lets all machines go on without us. */
  letGo(): void {
    for (const machine of this.#machines.values()) machine.letGo();
    this.#machines.clear();
  }

  async #unfollowed(uid: string): Promise<Machine | undefined> {
    const { hypervisors, store } = this.world;
    const found = (await hypervisors.find()).find((machine) => machine.uid === uid);
    return found && hypervisors.adopt(found, store.get(uid)?.name ?? uid);
  }

  #onEnd(machine: Machine, end: MachineEnd): void {
    if (this.#forget(machine)) this.#onOwnEnd(machine.uid, end);
  }

  /** In a moving state nothing is changed here: a worker awaits the end of its machine itself. */
  #onOwnEnd(uid: string, end: MachineEnd): void {
    const { store, log, host } = this.world;
    const vm = store.get(uid);
    if (vm === undefined || end.cause === 'ended') return;
    this.#unseen.set(uid, end);
    if (!settled.includes(vm.status.state)) return void store.change(uid, endedAfterFailure);
    store.change(uid, (now) => endedByItself(now, end, host.now()));
    this.#unseen.delete(uid);
    log.info({ vm: vm.name, uid, end }, 'hypervisor ended by itself');
    this.interrupt(uid);
  }

  #forget(machine: Machine | undefined): boolean {
    if (machine === undefined || this.#machines.get(machine.uid) !== machine) return false;
    return this.#machines.delete(machine.uid);
  }
}
