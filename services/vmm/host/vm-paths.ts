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

  /** A folder per running VM with its sockets. */
  get runFolders(): string {
    return join(this.runDir, 'vms');
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

  consoleLog(uid: string): string {
    return join(this.stateFolder(uid), 'console.log');
  }

  hypervisorLog(uid: string): string {
    return join(this.stateFolder(uid), 'qemu.log');
  }

  qmpSocket(uid: string): string {
    return join(this.runFolder(uid), 'qmp.sock');
  }

  consoleSocket(uid: string): string {
    return join(this.runFolder(uid), 'console.sock');
  }
}
