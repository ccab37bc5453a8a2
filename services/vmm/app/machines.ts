import { endedByItself } from '../domain/moves.js';
import { withStatus } from '../domain/vm.js';
import type { Machine, MachineEnd } from './ports.js';
import type { World } from './world.js';

/** The hypervisor processes that this service follows, by VM. Sees to it that none ends unnoticed. */
export class Machines {
  readonly #machines = new Map<string, Machine>();

  constructor(private readonly world: Pick<World, 'store' | 'log' | 'host' | 'hypervisor'>) {}

  get(uid: string): Machine | undefined {
    return this.#machines.get(uid);
  }

  /** Follows a machine and writes down which process runs the VM. */
  add(machine: Machine): void {
    const { uid, process } = machine;
    this.#machines.set(uid, machine);
    this.world.store.change(uid, (vm) => withStatus(vm, { process }));
    machine.ended
      .then((end) => this.#onEnd(machine, end))
      .catch((err) => this.world.log.error({ uid, err }, 'could not record the end of a hypervisor'));
  }

  /** Ends a VM's hypervisor, if it has one, and returns when it is gone. One that could not be followed is looked for. */
  async end(uid: string): Promise<void> {
    const machine = this.#machines.get(uid) ?? (await this.#unfollowed(uid));
    await machine?.end();
    this.#forget(machine);
  }

  /** Lets all machines go on without us. */
  letGo(): void {
    for (const machine of this.#machines.values()) machine.letGo();
    this.#machines.clear();
  }

  async #unfollowed(uid: string): Promise<Machine | undefined> {
    const { hypervisor } = this.world;
    const found = (await hypervisor.find()).find((machine) => machine.uid === uid);
    return found && hypervisor.adopt(found);
  }

  /** Only a RUNNING VM is changed here: in every other state a worker awaits the end of its machine itself. */
  #onEnd(machine: Machine, end: MachineEnd): void {
    if (!this.#forget(machine)) return;
    const { store, log, host } = this.world;
    store.change(machine.uid, (vm) => {
      if (vm.status.state !== 'RUNNING') return vm;
      log.info({ vm: vm.name, uid: vm.uid, end }, 'hypervisor ended by itself');
      return endedByItself(vm, end.cause === 'crashed' ? end.detail : undefined, host.now());
    });
  }

  #forget(machine: Machine | undefined): boolean {
    if (machine === undefined || this.#machines.get(machine.uid) !== machine) return false;
    return this.#machines.delete(machine.uid);
  }
}
