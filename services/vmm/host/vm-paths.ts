import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where the files of VMs are. docs/on-disk.md lists them. */
export class VmPaths {
  constructor(
    private readonly stateDir: string,
    private readonly runDir: string,
  ) {}

  /** A folder per VM with what must be kept. */
  get stateFolders(): string {
    return join(this.stateDir, 'vmm', 'vms');
  }

  /** A folder per VM that runs in QEMU, with its sockets. */
  get runFolders(): string {
    return join(this.runDir, 'vms');
  }

  /** A folder per VM that runs in Firecracker, with its sockets and its keyboard. */
  get firecrackerFolders(): string {
    return join(this.runDir, 'firecracker');
  }

  /** The jailer's base: a folder per program, and in it one per VM. On the disks' file system, to be linked to them. */
  get jails(): string {
    return join(this.stateDir, 'vmm', 'jails');
  }

  /** For the trial boots of Firecracker, while they last. */
  get firecrackerTrials(): string {
    return join(this.runDir, 'trials');
  }

  /** The cgroup of our VMs, with one in it for each: ours alone, also beside another banger on this host. */
  get cgroup(): string {
    return `banger-${createHash('sha256').update(this.stateDir).digest('hex').slice(0, 12)}`;
  }

  /** Layers in the making. */
  get layers(): string {
    return join(this.stateDir, 'vmm', 'layers');
  }

  get sshFolder(): string {
    return join(this.stateDir, 'vmm', 'ssh');
  }

  get kvmTrial(): string {
    return join(this.stateDir, 'vmm', 'kvm-trial.json');
  }

  stateFolder(uid: string): string {
    return join(this.stateFolders, uid);
  }

  runFolder(uid: string): string {
    return join(this.runFolders, uid);
  }

  overlay(uid: string): string {
    return join(this.stateFolder(uid), 'overlay.ext4');
  }

  workDisk(uid: string): string {
    return join(this.stateFolder(uid), 'work.ext4');
  }

  firecrackerFolder(uid: string): string {
    return join(this.firecrackerFolders, uid);
  }

  firecrackerApi(uid: string): string {
    return join(this.firecrackerFolder(uid), 'api.sock');
  }

  firecrackerVsock(uid: string): string {
    return join(this.firecrackerFolder(uid), 'vsock.sock');
  }

  /** The longest socket of a jailed VM, when its program is called firecracker. */
  jailedVsock(uid: string): string {
    return join(this.jails, 'firecracker', uid, 'root/run/vsock.sock');
  }

  /** Firecracker's own log; what its process prints, the jailer's words included, is in hypervisorLog. */
  firecrackerLog(uid: string): string {
    return join(this.stateFolder(uid), 'firecracker.log');
  }

  firecrackerMetrics(uid: string): string {
    return join(this.stateFolder(uid), 'firecracker.metrics');
  }

  /** The sums of the metrics that are no longer in the file. */
  firecrackerTotals(uid: string): string {
    return join(this.stateFolder(uid), 'firecracker.totals.json');
  }

  /** What is written to it is typed at the guest's console. */
  keyboard(uid: string): string {
    return join(this.firecrackerFolder(uid), 'keyboard');
  }

  consoleLog(uid: string): string {
    return join(this.stateFolder(uid), 'console.log');
  }

  hypervisorLog(uid: string): string {
    return join(this.stateFolder(uid), 'hypervisor.log');
  }

  qmpSocket(uid: string): string {
    return join(this.runFolder(uid), 'qmp.sock');
  }

  consoleSocket(uid: string): string {
    return join(this.runFolder(uid), 'console.sock');
  }

  /** What the VM's tap had counted before QEMU was launched. */
  tapCounters(uid: string): string {
    return join(this.runFolder(uid), 'tap.json');
  }
}
