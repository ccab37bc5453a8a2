import { Refusal, within } from './calls.js';
import type { Drive, Interface, RateLimiter, Section } from './configuration.js';
import type { Handlers } from './handlers.js';
import { deviceNotFound, type Machine } from './machine.js';

/** Drives, interfaces, vsock and the small devices. What they are made of is taken at the request. */
export function deviceHandlers(machine: Machine): Handlers {
  return {
    'PUT /drives/{drive_id}': ({ body }) => putDrive(machine, body as unknown as Drive),
    'PATCH /drives/{drive_id}': ({ id, body }) => patchDrive(machine, id, body as unknown as Partial<Drive>),
    'DELETE /drives/{drive_id}': ({ id }) => deleteDrive(machine, id),
    'PUT /network-interfaces/{iface_id}': ({ body }) => putInterface(machine, body as unknown as Interface),
    'PATCH /network-interfaces/{iface_id}': ({ id, body }) => patchInterface(machine, id, body as Partial<Interface>),
    'DELETE /network-interfaces/{iface_id}': ({ id }) => deleteInterface(machine, id),
    'PUT /vsock': ({ body }) => putVsock(machine, body as { guest_cid: number; uds_path: string }),
    'PUT /entropy': ({ body }) => change(machine, { entropy: body }),
    'PUT /pmem/{id}': ({ body }) => change(machine, { pmem: replaced(machine.config.pmem, body, 'id') }),
    'PATCH /pmem/{id}': ({ id, body }) => patchPmem(machine, id, body),
    'DELETE /pmem/{id}': ({ id }) => {
      change(machine, { pmem: without(machine.config.pmem, id, 'id') });
    },
  };
}

function change(machine: Machine, changes: Partial<Machine['config']>): void {
  machine.config = { ...machine.config, ...changes };
}

/** In its former place, or at the end. */
function replaced<T extends object>(items: readonly T[], item: T, key: keyof T): T[] {
  const at = items.findIndex((one) => one[key] === item[key]);
  return at < 0 ? [...items, item] : items.with(at, item);
}

function without<T extends object>(items: readonly T[], id: string, key: keyof T): T[] {
  if (!items.some((one) => one[key] === id)) throw deviceNotFound();
  return items.filter((one) => one[key] !== id);
}

function putDrive(machine: Machine, drive: Drive): Promise<void> {
  return within('Drive config error', async () => {
    const { drives } = machine.config;
    const otherRoot = drives.some(({ drive_id, is_root_device }) => is_root_device && drive_id !== drive.drive_id);
    if (drive.is_root_device && otherRoot) throw new Refusal('A root block device already exists!');
    await within('Unable to create the virtio block device', () => machine.disks.openDrive(drive));
    const next = replaced(drives, drive, 'drive_id');
    // The root drive is always the first.
    change(machine, { drives: next.sort((a, b) => Number(b.is_root_device) - Number(a.is_root_device)) });
  });
}

function patchDrive(machine: Machine, id: string, changes: Partial<Drive>): Promise<void> {
  const patch = async () => {
    const drive = machine.config.drives.find(({ drive_id }) => drive_id === id);
    if (!drive) throw deviceNotFound();
    const path_on_host = changes.path_on_host ?? drive.path_on_host;
    const next = { ...drive, path_on_host, rate_limiter: limited(drive.rate_limiter, changes.rate_limiter) };
    const isEmpty = !changes.path_on_host && !changes.rate_limiter;
    await within('Block', () => {
      if (isEmpty) throw new Refusal('Running method expected different backend.');
      if (changes.path_on_host) machine.disks.openDrive(next);
    });
    change(machine, { drives: replaced(machine.config.drives, next, 'drive_id') });
  };
  return within('Drive config error: Unable to patch the block device', patch, ' Please verify the request arguments.');
}

/** A bucket that is left out stays. */
function limited(former: RateLimiter | null | undefined, changes: RateLimiter | null | undefined): RateLimiter | null {
  return former || changes ? { ...former, ...changes } : null;
}

function deleteDrive(machine: Machine, id: string): void {
  const root = machine.config.drives.find(({ is_root_device }) => is_root_device);
  if (root?.drive_id === id) throw new Refusal('The root device cannot be removed.');
  change(machine, { drives: without(machine.config.drives, id, 'drive_id') });
  machine.disks.closeDrive(id);
}

function putInterface(machine: Machine, net: Interface): Promise<void> {
  return within('Network config error', async () => {
    const { interfaces } = machine.config;
    const sameMac = interfaces.some(
      ({ iface_id, guest_mac }) => iface_id !== net.iface_id && guest_mac === net.guest_mac,
    );
    if (net.guest_mac && sameMac) throw new Refusal(`The MAC address is already in use: ${net.guest_mac}`);
    await within('Could not create the network device', () => machine.attachTap(net.iface_id, net.host_dev_name));
    change(machine, { interfaces: replaced(interfaces, net, 'iface_id') });
  });
}

function patchInterface(machine: Machine, id: string, changes: Partial<Interface>): Promise<void> {
  return within('Network config error: Unable to update the net device', () => {
    const net = machine.config.interfaces.find(({ iface_id }) => iface_id === id);
    if (!net) throw deviceNotFound();
    const rx_rate_limiter = limited(net.rx_rate_limiter, changes.rx_rate_limiter);
    const tx_rate_limiter = limited(net.tx_rate_limiter, changes.tx_rate_limiter);
    const next = { ...net, rx_rate_limiter, tx_rate_limiter };
    change(machine, { interfaces: replaced(machine.config.interfaces, next, 'iface_id') });
  });
}

async function deleteInterface(machine: Machine, id: string): Promise<void> {
  change(machine, { interfaces: without(machine.config.interfaces, id, 'iface_id') });
  await machine.releaseTap(id);
}

async function putVsock(machine: Machine, { guest_cid, uds_path }: { guest_cid: number; uds_path: string }) {
  change(machine, { vsock: undefined });
  const place = 'Vsock config error: Cannot create backend for vsock device';
  await within(place, () => machine.bindVsock(uds_path));
  change(machine, { vsock: { guest_cid, uds_path } });
}

function patchPmem(machine: Machine, id: string, changes: Section): void {
  const device = machine.config.pmem.find((one) => one.id === id);
  if (!device) throw deviceNotFound();
  change(machine, { pmem: replaced(machine.config.pmem, { ...device, ...changes }, 'id') });
}
