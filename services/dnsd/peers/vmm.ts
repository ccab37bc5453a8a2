import { type Vm, VmServiceService, VmState, type WatchVmsResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { VmFeed } from '../app/ports.js';
import type { VmEvent, VmFact } from '../domain/projection.js';

/** vmm's watch as a feed of names. Waits for a vmm that is not there yet. */
export function vmmFeed(socketPath: string): VmFeed & { close(): void } {
  const client = createClient(VmServiceService, 'vmm', socketPath, { waitForReady: true });
  return {
    async *watch(signal) {
      for await (const message of client.watchVms({ name: '', selector: '' }, { signal })) {
        const event = toEvent(message);
        if (event) yield event;
      }
    },
    close: () => client.close(),
  };
}

/** Undefined for an event of a kind that is newer than we are. */
function toEvent({ event }: WatchVmsResponse): VmEvent | undefined {
  switch (event?.$case) {
    case 'upserted':
      return { kind: 'upserted', vm: toFact(event.value) };
    case 'deleted':
      return { kind: 'deleted', uid: event.value.uid };
    case 'synced':
      return { kind: 'synced' };
    case undefined:
      return undefined;
  }
}

function toFact({ uid, name, spec, status }: Vm): VmFact {
  const addresses = { address: status?.ipv4Address ?? '', ipv6Address: status?.ipv6Address ?? '' };
  return { uid, name, aliases: spec?.aliases ?? [], ...addresses, deleting: status?.state === VmState.DELETING };
}
