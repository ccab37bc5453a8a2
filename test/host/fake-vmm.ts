import { join } from 'node:path';
import { VmServiceService, VmState, WatchVmsResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { silentLog } from '../../lib/log.js';
import { bind, type RunningServer, serve } from '../../lib/rpc/server.js';

/** A VM as far as names go. */
export interface NamedGuest {
  readonly address: string;
  readonly ipv6Address?: string;
  readonly aliases?: readonly string[];
}

interface Watcher {
  readonly pending: WatchVmsResponse[];
  wake(): void;
}

/** Gives each watch a snapshot of its VMs, and then what changes. The uid of a VM is its name. */
export class FakeVmm {
  private constructor(
    private readonly server: RunningServer,
    private readonly vms: Map<string, NamedGuest>,
    private readonly watchers: Set<Watcher>,
  ) {}

  static async start(runDir: string, vms = new Map<string, NamedGuest>()): Promise<FakeVmm> {
    const watchers = new Set<Watcher>();
    async function* watchVms(_request: unknown, { signal }: { signal: AbortSignal }) {
      const watcher: Watcher = { pending: [], wake: () => undefined };
      watchers.add(watcher);
      try {
        for (const [name, guest] of [...vms]) yield upserted(name, guest);
        yield WatchVmsResponse.fromPartial({ event: { $case: 'synced', value: {} } });
        while (!signal.aborted) {
          for (const event of watcher.pending.splice(0)) yield event;
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
            if (watcher.pending.length > 0) resolve();
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      } finally {
        watchers.delete(watcher);
      }
    }
    const bindings = [bind(VmServiceService, { watchVms } as never)];
    const server = await serve({ service: 'vmm', socketPath: join(runDir, 'vmm.sock'), bindings, log: silentLog });
    return new FakeVmm(server, vms, watchers);
  }

  set(name: string, guest: NamedGuest): void {
    this.vms.set(name, guest);
    this.#tell(upserted(name, guest));
  }

  delete(name: string): void {
    this.vms.delete(name);
    this.#tell(WatchVmsResponse.fromPartial({ event: { $case: 'deleted', value: { name, uid: name } } }));
  }

  stop(): Promise<void> {
    return this.server.stop(200);
  }

  #tell(event: WatchVmsResponse): void {
    for (const watcher of this.watchers) {
      watcher.pending.push(event);
      watcher.wake();
    }
  }
}

function upserted(name: string, { address, ipv6Address = '', aliases = [] }: NamedGuest): WatchVmsResponse {
  const status = { ipv4Address: address, ipv6Address, state: VmState.RUNNING };
  return WatchVmsResponse.fromPartial({
    event: { $case: 'upserted', value: { name, uid: name, spec: { aliases: [...aliases] }, status } },
  });
}
