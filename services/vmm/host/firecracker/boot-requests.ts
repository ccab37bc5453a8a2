import type { LaunchPlan } from '../../app/ports.js';
import type { ApiRequest } from './api.js';
import { type FirecrackerVersion, hasField } from './version.js';

/** The files of a VM, as Firecracker sees them: in a jail they have other names than outside. */
export interface Places {
  readonly kernel: string;
  readonly initrd: string;
  readonly base: string;
  readonly overlay: string;
  readonly work?: string;
  /** The lowest first. */
  readonly layers: readonly string[];
  readonly metrics: string;
  /** Firecracker makes it, and refuses when something is there. */
  readonly vsock: string;
}

/** What a boot needs of a plan. */
type Plan = Pick<LaunchPlan, 'cpuCount' | 'memoryMib' | 'commandLine' | 'network'>;

/** The ids of the drives; letters, digits and "_" are all that Firecracker takes. */
type DriveId = 'base' | 'overlay' | 'work' | `layer${number}`;

/** CIDs are local to each process, so that every guest has the first one that is not reserved. */
const guestCid = 3;
/** Seconds between two questions to the guest about its memory. */
const statisticsInterval = 5;
/** Console output of 64 KiB a second, and 1 MiB beyond it once, for the boot: a guest must not fill the disk with it. */
const consoleRate = { size: 64 * 1024, refill_time: 1000, one_time_burst: 1024 * 1024 } as const;

/**
 * What a new Firecracker process is asked to do until its guest runs, in order. The log comes first, so that it tells of
 * all that follows; the memory before the balloon, which must fit in it; the drives as the guest finds them: vda, vdb, vdc…
 */
export function bootRequests(plan: Plan, places: Places, version: FirecrackerVersion): ApiRequest[] {
  return [
    // Where it goes is an argument of the program: a second opening would write over the first lines.
    { call: 'PUT /logger', body: { level: 'Info', show_level: true, show_log_origin: false } },
    { call: 'PUT /metrics', body: { metrics_path: places.metrics } },
    ...serial(version),
    machine(plan),
    {
      call: 'PUT /boot-source',
      body: { kernel_image_path: places.kernel, initrd_path: places.initrd, boot_args: plan.commandLine },
    },
    sharedDrive('base', places.base),
    ownDrive('overlay', places.overlay),
    ...(places.work === undefined ? [] : [ownDrive('work', places.work)]),
    ...places.layers.map((path, at) => sharedDrive(`layer${at}`, path)),
    network(plan),
    { call: 'PUT /vsock', body: { guest_cid: guestCid, uds_path: places.vsock } },
    balloon,
    { call: 'PUT /entropy', body: {} },
    { call: 'PUT /actions', body: { action_type: 'InstanceStart' } },
  ];
}

/** No path for the console: it would take the keyboard away. It stays the process's standard output and input. */
function serial(version: FirecrackerVersion): ApiRequest[] {
  if (!hasField(version, 'PUT /serial', 'rate_limiter')) return [];
  return [{ call: 'PUT /serial', body: { rate_limiter: consoleRate } }];
}

function machine({ cpuCount, memoryMib }: Plan): ApiRequest {
  const plain = { smt: false, track_dirty_pages: false, huge_pages: 'None' } as const;
  return { call: 'PUT /machine-config', body: { vcpu_count: cpuCount, mem_size_mib: memoryMib, ...plain } };
}

/** None is the root: the initrd makes it, and a `root=` on the command line would say otherwise. */
const plainDrive = { is_root_device: false, io_engine: 'Sync' } as const;

/** Nothing is written to it, so that nothing needs to be flushed. */
function sharedDrive(id: DriveId, path: string): ApiRequest {
  const body = { drive_id: id, path_on_host: path, is_read_only: true, cache_type: 'Unsafe', ...plainDrive } as const;
  return { call: 'PUT /drives/{drive_id}', body };
}

/** What the guest flushes is on the disk. */
function ownDrive(id: DriveId, path: string): ApiRequest {
  const body = {
    drive_id: id,
    path_on_host: path,
    is_read_only: false,
    cache_type: 'Writeback',
    ...plainDrive,
  } as const;
  return { call: 'PUT /drives/{drive_id}', body };
}

function network({ network: { tap, macAddress } }: Plan): ApiRequest {
  const body = { iface_id: 'eth0', host_dev_name: tap, guest_mac: macAddress };
  return { call: 'PUT /network-interfaces/{iface_id}', body };
}

/** Takes nothing by itself: the guest gives back what it does not need, and gets it again when it does. */
const balloon: ApiRequest = {
  call: 'PUT /balloon',
  body: {
    amount_mib: 0,
    deflate_on_oom: true,
    stats_polling_interval_s: statisticsInterval,
    free_page_reporting: true,
  },
};
