/** What the machine is made of, with the names of the API: GET /vm/config shows it, and a snapshot keeps it. */
export interface Configuration {
  readonly machine: MachineSize;
  readonly boot?: BootSource;
  readonly drives: readonly Drive[];
  readonly interfaces: readonly Interface[];
  readonly vsock?: { readonly guest_cid: number; readonly uds_path: string };
  readonly balloon?: Balloon;
  readonly entropy?: Section;
  readonly pmem: readonly Section[];
  readonly hotplug?: Hotplug;
  readonly mmds?: { readonly network_interfaces: readonly string[] };
}

export type Section = Readonly<Record<string, unknown>>;

export interface MachineSize {
  readonly vcpu_count: number;
  readonly mem_size_mib: number;
  readonly smt: boolean;
  readonly track_dirty_pages: boolean;
  readonly huge_pages: string;
}

export interface BootSource {
  readonly kernel_image_path: string;
  readonly initrd_path?: string | null;
  readonly boot_args?: string | null;
}

export interface Drive {
  readonly drive_id: string;
  readonly is_root_device: boolean;
  readonly is_read_only: boolean;
  readonly path_on_host?: string | null;
  readonly socket?: string | null;
  readonly partuuid?: string | null;
  readonly rate_limiter?: RateLimiter | null;
}

export interface Interface {
  readonly iface_id: string;
  readonly host_dev_name: string;
  readonly guest_mac?: string | null;
  readonly rx_rate_limiter?: RateLimiter | null;
  readonly tx_rate_limiter?: RateLimiter | null;
}

export interface RateLimiter {
  readonly bandwidth?: Section | null;
  readonly ops?: Section | null;
}

export interface Balloon {
  readonly amount_mib: number;
  readonly stats_polling_interval_s: number;
}

export interface Hotplug {
  readonly total_size_mib: number;
  readonly block_size_mib: number;
  readonly slot_size_mib: number;
  readonly requested_size_mib: number;
}

export const emptyConfiguration: Configuration = {
  machine: { vcpu_count: 1, mem_size_mib: 128, smt: false, track_dirty_pages: false, huge_pages: 'None' },
  drives: [],
  interfaces: [],
  pmem: [],
};

/** GET /vm/config. What was not given is null, save what a version does not know. */
export function configurationView(config: Configuration, hasMtu: boolean): Section {
  return {
    balloon: config.balloon ?? null,
    drives: config.drives.map(driveView),
    'boot-source': { kernel_image_path: '', initrd_path: null, boot_args: null, ...config.boot },
    'cpu-config': null,
    logger: null,
    'machine-config': config.machine,
    metrics: null,
    'mmds-config': config.mmds ?? null,
    'network-interfaces': config.interfaces.map((net) => interfaceView(net, hasMtu)),
    vsock: config.vsock ?? null,
    entropy: config.entropy ? { rate_limiter: null, ...config.entropy } : null,
    pmem: config.pmem,
    'memory-hotplug': hotplugSizes(config.hotplug),
  };
}

function hotplugSizes(hotplug: Hotplug | undefined): Section | null {
  if (!hotplug) return null;
  const { total_size_mib, block_size_mib, slot_size_mib } = hotplug;
  return { total_size_mib, block_size_mib, slot_size_mib };
}

function driveView(drive: Drive): Section {
  return { path_on_host: null, socket: null, partuuid: null, ...drive, rate_limiter: limiterView(drive.rate_limiter) };
}

function interfaceView(net: Interface, hasMtu: boolean): Section {
  const [rx_rate_limiter, tx_rate_limiter] = [limiterView(net.rx_rate_limiter), limiterView(net.tx_rate_limiter)];
  return { guest_mac: null, ...(hasMtu ? { mtu: null } : {}), ...net, rx_rate_limiter, tx_rate_limiter };
}

function limiterView(limiter: RateLimiter | null | undefined): Section | null {
  const bucket = (given: Section | null | undefined) => (given ? { one_time_burst: null, ...given } : null);
  return limiter ? { bandwidth: bucket(limiter.bandwidth), ops: bucket(limiter.ops) } : null;
}

/** The kernel's command line, with what Firecracker adds to it. */
export function commandLine({ boot, drives }: Configuration, hasPci: boolean): string {
  const root = drives.find(({ is_root_device }) => is_root_device);
  const place = root?.partuuid ? `PARTUUID=${root.partuuid}` : '/dev/vda';
  const added = [...(hasPci ? [] : ['pci=off']), ...(root ? [`root=${place} ${root.is_read_only ? 'ro' : 'rw'}`] : [])];
  return [boot?.boot_args ?? defaultBootArgs, ...added].join(' ');
}

const defaultBootArgs =
  'reboot=k panic=1 nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.dumbkbd swiotlb=noforce';
