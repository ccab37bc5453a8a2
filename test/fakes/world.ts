import type { HostFinding, Purpose } from '../../lib/finding.js';
import { silentLog } from '../../lib/log.js';
import { type Database, openDatabase } from '../../lib/store/database.js';
import type { Host } from '../../services/vmm/app/ports.js';
import type { History, Sight } from '../../services/vmm/app/sight.js';
import { createVmm, type Vmm } from '../../services/vmm/app/vmm.js';
import type { World } from '../../services/vmm/app/world.js';
import type { Vm } from '../../services/vmm/domain/vm.js';
import { SqliteTrashStore } from '../../services/vmm/store/trash-store.js';
import { migrations, SqliteVmStore } from '../../services/vmm/store/vm-store.js';
import { FakeDisks } from './disks.js';
import { FakeConsoles, FakeGuests, FakeSshKeys } from './guests.js';
import { FakeHypervisorHost } from './hypervisor.js';
import { FakeHypervisors } from './hypervisors.js';
import { FakeImages } from './images.js';
import { FakeLayers } from './layers.js';
import { FakeNetworks } from './networks.js';
import { FakeShells } from './shells.js';

class FakeHost implements Host {
  readonly memoryMib = 16_384;
  time = 1_700_000_000_000;
  /** Which boot of the host this is, and since when, by the kernel's clock. */
  bootId = 'boot-1';
  uptimeMs = 1_000_000;
  /** What VMs need of the fake host. */
  findings: readonly HostFinding[] = [];
  #uids = 0;

  now = () => this.time++;
  boot = () => ({ bootId: this.bootId, uptimeMs: this.uptimeMs++ });
  newUid = () => (++this.#uids).toString(16).padStart(16, '0');
  newMachineId = () => 'f'.repeat(32);

  check = async (wanted: readonly Purpose[]): Promise<readonly HostFinding[]> =>
    this.findings.filter(({ purpose }) => wanted.includes(purpose));
}

/** A whole vmm in memory: a real store, everything else fake. */
export class FakeWorld implements World {
  readonly database: Database = openDatabase(':memory:', migrations);
  readonly host = new FakeHost();
  readonly store = new SqliteVmStore(this.database, this.host.now);
  readonly trash = new SqliteTrashStore(this.database, this.host.now);
  readonly images = new FakeImages();
  readonly networks = new FakeNetworks();
  readonly consoles = new FakeConsoles();
  hypervisors = new FakeHypervisors(new FakeHypervisorHost(this.consoles));
  readonly disks = new FakeDisks();
  readonly layers = new FakeLayers();
  readonly keys = new FakeSshKeys();
  readonly guests = new FakeGuests();
  readonly shells = new FakeShells();
  readonly sight: Sight = {
    startTimeOf: (pid) => {
      const process = this.hypervisors.host.processes.find(({ alive, identity }) => alive && identity.pid === pid);
      return process?.identity.startTime;
    },
    hasInterface: async (name) => [...this.networks.attachments.values()].some(({ tap }) => tap === name),
    diskSizes: async (uid) => this.disks.sizes(uid),
  };
  /** What was written down of every VM. */
  past: { effects: ReturnType<History['effects']>; events: ReturnType<History['events']> } = {
    effects: [],
    events: [],
  };
  readonly history: History = {
    effects: (_, count) => this.past.effects.slice(-count),
    events: (_, count) => this.past.events.slice(-count),
  };
  readonly log = silentLog;
  readonly firstJailUid = 600_000;
  /** None, so that a deletion leaves nothing; a test of the trash gives it some. */
  trashLimits = { retentionMs: 0, bytes: 0 };
  patience = { bootMs: 60_000, peerMs: 60_000, askMs: 60_000 };
  vmm: Vmm = createVmm(this);

  constructor() {
    // A guest hears its own `poweroff` as it hears the button.
    this.guests.onCommand = ({ address }, argv) => {
      const { host } = this.hypervisors;
      const vm = this.store.list().find(({ status }) => status.network?.ipv4Address === address);
      if (vm && argv[0] === 'poweroff' && !host.deafGuests) host.guestPowersOff(vm.uid);
    };
  }

  /** The service ends, kindly or not, and another one starts on the same host. */
  async restart(): Promise<void> {
    await this.vmm.stop();
    const { host, chosen } = this.hypervisors;
    this.hypervisors = new FakeHypervisors(host);
    this.hypervisors.chosen = chosen;
    this.vmm = createVmm(this);
    await this.vmm.recover();
  }

  /** The VM of this name when nothing is left to do for it; undefined when it is gone. */
  async settled(name: string) {
    const vm = this.store.findByName(name);
    if (vm) await this.vmm.workers.idle(vm.uid);
    return this.store.findByName(name);
  }

  /** Waits until something holds for the VM of this name, and returns it. */
  async until(name: string, holds: (vm: Vm) => boolean): Promise<Vm> {
    const left = new AbortController();
    const changes = this.store.follow(AbortSignal.any([left.signal, AbortSignal.timeout(120_000)]));
    try {
      const now = this.store.findByName(name);
      if (now && holds(now)) return now;
      for await (const _ of changes) {
        const vm = this.store.findByName(name);
        if (vm && holds(vm)) return vm;
      }
    } finally {
      left.abort();
    }
    throw new Error(`vm ${name} never came to be as awaited`);
  }

  /** Waits until the worker of a VM is at a step. */
  reaches(name: string, step: string): Promise<Vm> {
    return this.until(name, (vm) => vm.status.step === step);
  }

  /** What the host holds for VMs, as text. Empty when nothing is left. */
  leftovers(): string {
    const running = this.hypervisors.host.processes.filter((process) => process.alive);
    return [
      ...running.map((process) => `process ${process.plan.uid}`),
      ...[...this.networks.attachments.keys()].map((uid) => `attachment ${uid}`),
      ...[...this.images.leases.keys()].map((uid) => `lease ${uid}`),
      ...[...this.disks.sets.keys()].map((uid) => `disks ${uid}`),
      ...[...this.layers.files.keys()].map((path) => `layer ${path}`),
      ...(this.keys.knownHosts === '' ? [] : [`known hosts ${this.keys.knownHosts.trim()}`]),
    ].join('\n');
  }
}
