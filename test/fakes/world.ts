import { silentLog } from '../../lib/log.js';
import { type Database, openDatabase } from '../../lib/store/database.js';
import type { Host } from '../../services/vmm/app/ports.js';
import { createVmm, type Vmm } from '../../services/vmm/app/vmm.js';
import type { World } from '../../services/vmm/app/world.js';
import { migrations, SqliteVmStore } from '../../services/vmm/store/vm-store.js';
import { FakeDisks } from './disks.js';
import { FakeConsoles, FakeGuests, FakeSshKeys } from './guests.js';
import { FakeHypervisor } from './hypervisor.js';
import { FakeImages } from './images.js';
import { FakeNetworks } from './networks.js';

class FakeHost implements Host {
  readonly memoryMib = 16_384;
  time = 1_700_000_000_000;
  missing: unknown;
  #uids = 0;

  now = () => this.time++;
  newUid = () => (++this.#uids).toString(16).padStart(16, '0');
  newMachineId = () => 'f'.repeat(32);

  async checkTools(): Promise<void> {
    if (this.missing) throw this.missing;
  }
}

/** A whole vmm in memory: a real store, everything else fake. */
export class FakeWorld implements World {
  readonly database: Database = openDatabase(':memory:', migrations);
  readonly host = new FakeHost();
  readonly store = new SqliteVmStore(this.database, this.host.now);
  readonly images = new FakeImages();
  readonly networks = new FakeNetworks();
  hypervisor = new FakeHypervisor();
  readonly disks = new FakeDisks();
  readonly keys = new FakeSshKeys();
  readonly guests = new FakeGuests();
  readonly consoles = new FakeConsoles();
  readonly log = silentLog;
  patience = { bootMs: 60_000, peerMs: 60_000 };
  vmm: Vmm = createVmm(this);

  /** The service ends, kindly or not, and another one starts on the same host. */
  async restart(): Promise<void> {
    await this.vmm.stop();
    this.hypervisor = new FakeHypervisor(this.hypervisor.host);
    this.vmm = createVmm(this);
    await this.vmm.recover();
  }

  /** The VM of this name when nothing is left to do for it; undefined when it is gone. */
  async settled(name: string) {
    const vm = this.store.findByName(name);
    if (vm) await this.vmm.workers.idle(vm.uid);
    return this.store.findByName(name);
  }

  /** What the host holds for VMs, as text. Empty when nothing is left. */
  leftovers(): string {
    const running = this.hypervisor.host.processes.filter((process) => process.alive);
    return [
      ...running.map((process) => `process ${process.plan.uid}`),
      ...[...this.networks.attachments.keys()].map((uid) => `attachment ${uid}`),
      ...[...this.images.leases.keys()].map((uid) => `lease ${uid}`),
      ...[...this.disks.sets.keys()].map((uid) => `disks ${uid}`),
      ...(this.keys.knownHosts === '' ? [] : [`known hosts ${this.keys.knownHosts.trim()}`]),
    ].join('\n');
  }
}
