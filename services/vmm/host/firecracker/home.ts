import { join } from 'node:path';
import { enterCgroup, removeCgroup, supportedLimits } from '../../../../lib/host/cgroup.js';
import { ensureFolder, removePath } from '../../../../lib/host/files.js';
import { checkSocketPath } from '../../../../lib/host/socket-path.js';
import type { LaunchPlan } from '../../app/ports.js';
import type { VmPaths } from '../vm-paths.js';
import { jailedApiSocket, jailerArgs, plainArgs } from './args.js';
import type { Places } from './boot-requests.js';
import type { Inmate, Jails } from './jail.js';
import { limitsOf } from './limits.js';

/** Absolute. */
export interface Programs {
  readonly firecracker: string;
  readonly jailer: string;
}

/** Where a Firecracker process has its files, and what it calls them itself. */
export interface Home {
  readonly uid: string;
  /** As we reach it. Made by Firecracker, and never removed by it. */
  readonly apiSocket: string;
  /** Likewise. */
  readonly vsock: string;
  /** As Firecracker sees them. */
  places(plan: LaunchPlan): Places;
  /** The command line of the process. */
  argv(plan: LaunchPlan, programs: Programs): Promise<string[]>;
  /** Takes away what a former process has left, and makes what the next one needs. */
  prepare(plan: LaunchPlan): Promise<void>;
  /** Called with the process as soon as it is there. */
  onProcess?(plan: LaunchPlan, pid: number): Promise<void>;
  /** Takes everything away that does not outlive the process. Succeeds when nothing is there. */
  clear(): Promise<void>;
}

/** A process in the host's own file system. */
export class PlainHome implements Home {
  constructor(
    readonly uid: string,
    private readonly paths: VmPaths,
  ) {}

  get apiSocket(): string {
    return this.paths.firecrackerApi(this.uid);
  }

  get vsock(): string {
    return this.paths.firecrackerVsock(this.uid);
  }

  places({ vmlinuxPath, initrdPath, disks }: LaunchPlan): Places {
    const { paths, uid } = this;
    return {
      kernel: vmlinuxPath,
      initrd: initrdPath,
      ...disks,
      metrics: paths.firecrackerMetrics(uid),
      vsock: this.vsock,
    };
  }

  async argv(_plan: LaunchPlan, { firecracker }: Programs): Promise<string[]> {
    const { uid, apiSocket, paths } = this;
    return plainArgs({ program: firecracker, uid, apiSocket, log: paths.firecrackerLog(uid) });
  }

  async onProcess(plan: LaunchPlan, pid: number): Promise<void> {
    await enterCgroup(this.paths.cgroup, this.uid, limitsOf(plan), pid);
  }

  async prepare(): Promise<void> {
    for (const socket of [this.apiSocket, this.vsock]) checkSocketPath(socket);
    await this.clear();
    await ensureFolder(this.paths.firecrackerFolder(this.uid));
  }

  async clear(): Promise<void> {
    await removePath(this.paths.firecrackerFolder(this.uid));
    await removeCgroup(this.paths.cgroup, this.uid);
  }
}

/** What things are called in a jail. The jailer owns /run, and Firecracker makes its sockets there. */
const inside = {
  kernel: '/vmlinux',
  initrd: '/initrd',
  base: '/base',
  overlay: '/overlay',
  work: '/work',
  log: '/log',
  metrics: '/metrics',
  vsock: '/run/vsock.sock',
} as const;

function layerName(at: number): string {
  return `/layer${at}`;
}

/** A process that the jailer has locked up. */
export class JailedHome implements Home {
  constructor(
    private readonly root: string,
    readonly uid: string,
    private readonly paths: VmPaths,
    private readonly jails: Jails,
  ) {}

  get apiSocket(): string {
    return join(this.root, jailedApiSocket);
  }

  get vsock(): string {
    return join(this.root, inside.vsock);
  }

  places({ disks }: LaunchPlan): Places {
    const { work, log: _, ...same } = inside;
    const layers = disks.layers.map((_path, at) => layerName(at));
    return { ...same, ...(disks.work !== undefined && { work }), layers };
  }

  async argv(plan: LaunchPlan, { firecracker, jailer }: Programs): Promise<string[]> {
    const user = plan.jailUid ?? 0;
    const { jails: chrootBase, cgroup: parent } = this.paths;
    const supported = await supportedLimits(limitsOf(plan));
    const limits = Object.entries(supported ?? {}).map(([file, value]) => `${file}=${value}`);
    // Without limits the jailer would look for a parent that is there already.
    const cgroup = limits.length > 0 ? { parent, limits } : undefined;
    const jail = { user, group: user, chrootBase, cgroup, log: inside.log };
    return jailerArgs({ jailer, program: firecracker, uid: this.uid, ...jail });
  }

  async prepare(plan: LaunchPlan): Promise<void> {
    // We reach them by their whole paths; jails are below the state directory.
    for (const socket of [this.apiSocket, this.vsock]) checkSocketPath(socket, 'BANGER_STATE_DIR');
    await this.clear();
    const owner = plan.jailUid ?? 0;
    await ensureFolder(this.paths.firecrackerFolder(this.uid));
    await this.jails.assemble(this.root, this.#inmates(plan, owner), owner);
  }

  async clear(): Promise<void> {
    await this.jails.clear(this.root);
    await removePath(this.paths.firecrackerFolder(this.uid));
    await removeCgroup(this.paths.cgroup, this.uid);
  }

  #inmates({ vmlinuxPath, initrdPath, disks }: LaunchPlan, owner: number): Inmate[] {
    const { paths, uid } = this;
    return [
      { source: vmlinuxPath, name: inside.kernel },
      { source: initrdPath, name: inside.initrd },
      { source: disks.base, name: inside.base },
      { source: disks.overlay, name: inside.overlay, owner },
      ...(disks.work === undefined ? [] : [{ source: disks.work, name: inside.work, owner }]),
      ...disks.layers.map((source, at) => ({ source, name: layerName(at) })),
      { source: paths.firecrackerLog(uid), name: inside.log, owner },
      { source: paths.firecrackerMetrics(uid), name: inside.metrics, owner },
    ];
  }
}
