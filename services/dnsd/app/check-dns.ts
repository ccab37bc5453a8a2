import { type CheckHost, findAll, type Observation } from '../../../lib/finding.js';
import type { NameListener } from './ports.js';
import type { ZoneKeeper } from './zone-keeper.js';

/** Whether names are answered for, as far as this service can tell: where it listens, and whether its zone is fresh. */
export function dnsCheck(keeper: ZoneKeeper, listeners: readonly NameListener[]): CheckHost {
  // The listener for guests is only wanted while VMs have names.
  const wantedListeners = () => listeners.filter((each) => each.state().role === 'host' || keeper.vmCount() > 0);
  const look = async () => [...wantedListeners().map(lookAtListener), lookAtZone(keeper)];
  return (wanted) => findAll({ dns: look }, wanted);
}

function lookAtListener(listener: NameListener): Observation {
  const { role, address, port, listening, error } = listener.state();
  const who = role === 'host' ? 'this host' : 'guests';
  const base = { type: 'NETWORK', subject: `answers to ${who}` } as const;
  if (listening) return { ...base, severity: 'ok', found: `at ${address} port ${port}`, remedy: '' };
  const remedy = `free the port (\`ss -lunp sport = :${port}\`), or set another in [dnsd]; it is tried again by itself`;
  return { ...base, severity: 'error', found: error, remedy };
}

function lookAtZone(keeper: ZoneKeeper): Observation {
  const base = { type: 'NETWORK', subject: 'the names of vms' } as const;
  if (keeper.synced()) return { ...base, severity: 'ok', found: 'they follow what vmm says', remedy: '' };
  const found = 'vmm does not answer: the names are those that it told last';
  return { ...base, severity: 'warning', found, remedy: 'look at `banger service list`; it is tried again by itself' };
}
