import type { Precondition } from '../../../lib/errors.js';
import { pathExists, readTextIfExists } from '../../../lib/host/files.js';
import { missingTools } from '../../../lib/host/preflight.js';
import type { HostCheck } from '../app/ports.js';

const tools = [
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'nft', debianPackage: 'nftables' },
];
const tunDevice = '/dev/net/tun';
/** Its bit in the capability sets: capability.h. */
const capNetAdmin = 12n;

/** Cheap enough to ask before every change. */
export function createHostCheck(): HostCheck {
  return {
    missing: async () => [...(await missingTools(tools)), ...(await missingDevice()), ...(await missingRight())],
  };
}

async function missingDevice(): Promise<Precondition[]> {
  if (await pathExists(tunDevice)) return [];
  return [{ type: 'DEVICE', subject: tunDevice, description: 'modprobe tun' }];
}

async function missingRight(): Promise<Precondition[]> {
  const status = (await readTextIfExists('/proc/self/status')) ?? '';
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if ((effective >> capNetAdmin) & 1n) return [];
  return [{ type: 'RIGHT', subject: 'CAP_NET_ADMIN', description: 'run the daemons as root' }];
}
