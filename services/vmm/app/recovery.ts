import { recovered } from '../domain/moves.js';
import { endFromWords, type OwnEnd } from '../domain/restart.js';
import type { FoundMachine } from '../domain/traces.js';
import type { Vm, VmState } from '../domain/vm.js';
import type { Machines } from './machines.js';
import type { Machine } from './ports.js';
import type { World } from './world.js';

/** What was found of each VM after this service was away becomes what the record says of it, sooner or later. */
export class Recovery {
  /**
   * VMs of which the record may say what is not so: the disk was full, or their hypervisor could not be asked. With the state
   * that they were found in.
   */
  readonly #pending = new Map<string, VmState>();
  /** When the host was restarted, in milliseconds since 1970, if it was since this service last ran. */
  readonly #rebooted: number | undefined;

  constructor(
    private readonly world: World,
    private readonly machines: Machines,
    /** A VM may wait for its turn to start. */
    private readonly onTurn: () => void,
  ) {
    this.#rebooted = hostRestartedAt(world);
  }

  /** At the start of the service. Never fails: the VM's worker goes on with one that makes trouble. */
  async begin(vm: Vm, found: FoundMachine | undefined): Promise<void> {
    await this.#recover(vm, found, this.#rebooted).catch((err) => {
      this.#pending.set(vm.uid, vm.status.state);
      this.world.log.error({ vm: vm.name, uid: vm.uid, err }, 'could not recover a vm; going on with the others');
    });
  }

  /** Before a worker looks at a VM: what its recovery still lacks. Fails when that still cannot be done. */
  async finish(uid: string): Promise<void> {
    if (!this.#pending.has(uid)) return;
    const found = (await this.world.hypervisors.find()).find((machine) => machine.uid === uid);
    const vm = this.world.store.get(uid);
    // What a caller has made of it since is what is wanted of it after a restart of the host.
    const rebooted = vm?.status.state === this.#pending.get(uid) ? this.#rebooted : undefined;
    if (vm) await this.#recover(vm, found, rebooted);
    this.#pending.delete(uid);
  }

  async #recover(vm: Vm, found: FoundMachine | undefined, rebooted: number | undefined): Promise<void> {
    const { world, machines } = this;
    const machine = machines.get(vm.uid) ?? (found && (await world.hypervisors.adopt(found, vm.name)));
    const end = machine ? undefined : await unseenEnd(world, vm);
    if (machine) machines.add(machine);
    const what = { running: machine !== undefined, end, rebooted };
    const after = world.store.change(vm.uid, (now) => recovered(now, what, world.host.now()));
    world.log.info({ vm: vm.name, uid: vm.uid, state: after?.status.state, pid: machine?.process.pid }, 'vm recovered');
    if (after?.status.turn) this.onTurn();
    if (machine && after) void tellAgain(world, after, machine);
  }
}

/** The count of the host's time goes on after the recovery: until then the record still tells of the former boot. */
function hostRestartedAt({ trash, host }: World): number | undefined {
  const before = trash.lastBootId();
  const { bootId, uptimeMs } = host.boot();
  return before === undefined || before === bootId ? undefined : host.now() - uptimeMs;
}

/**
 * A pause or a resume that the last service was about to take back may not have been heard. Nobody waits for it: a
 * hypervisor that hangs takes its time.
 */
async function tellAgain({ log }: World, { name, uid, goal, status }: Vm, machine: Machine): Promise<void> {
  const warn = (err: unknown) => log.warn({ vm: name, uid, err }, 'could not tell a guest to run, or to stand still');
  if (status.state === 'RUNNING' && goal === 'running') await machine.resume().catch(warn);
  if (status.state === 'PAUSED' && goal === 'paused') await machine.pause().catch(warn);
}

/** What the guest's kernel, or else its hypervisor, said last. */
async function unseenEnd(world: World, { uid, status }: Vm): Promise<OwnEnd | undefined> {
  const said = endFromWords(await world.consoles.kernelWords(uid));
  return said ?? (status.hypervisor && world.hypervisors.lastEnd(status.hypervisor.kind, uid));
}
