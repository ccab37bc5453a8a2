import type { LaunchPlan } from '../../services/vmm/app/ports.js';
import { pathOf } from '../../services/vmm/host/firecracker/api.js';
import { bootRequests } from '../../services/vmm/host/firecracker/boot-requests.js';
import { parseVersion } from '../../services/vmm/host/firecracker/version.js';
import { defaultSettings } from './settings.js';

/** The steps of the jailer at which a fault can be put. */
export const jailerSteps = ['jailer copy', 'jailer nodes', 'jailer exec'];

/** Every step of a launch as the stand-in calls it, from the list that the launch itself goes by. */
export function launchSteps(): string[] {
  const plan = { network: {}, disks: { work: '', layers: [] } } as unknown as LaunchPlan;
  const places = { kernel: '', initrd: '', base: '', overlay: '', work: '', layers: [], metrics: '', vsock: '' };
  const version = parseVersion(defaultSettings.version);
  if (version === undefined) throw new Error('the version of the stand-in cannot be read');
  const requests = bootRequests(plan, places, version);
  return ['start', 'GET /', ...requests.map(({ call, body }) => `${call.split(' ')[0]} ${pathOf(call, body)}`)];
}
