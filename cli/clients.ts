import type { Paths, ServiceName } from '../lib/paths.js';
import type * as connections from './connections.js';

/** Clients of the services, each made at its first use: loading gRPC costs more than everything else a command does. */
export interface Clients {
  vmm(): Promise<ReturnType<typeof connections.vmm>>;
  imaged(): Promise<ReturnType<typeof connections.imaged>>;
  netd(): Promise<ReturnType<typeof connections.netd>>;
  dnsd(): Promise<ReturnType<typeof connections.dnsd>>;
  supervisor(): Promise<ReturnType<typeof connections.supervisor>>;
  /** What a service knows of this host. */
  hostCheck(service: ServiceName): Promise<ReturnType<typeof connections.hostCheck>>;
  /** What a service, or the supervisor, tells of itself. */
  events(service: ServiceName | 'supervisor'): Promise<ReturnType<typeof connections.events>>;
  close(): void;
}

export function openClients(paths: Paths): Clients {
  const open = new Map<string, { close(): void }>();
  const once = <T extends { close(): void }>(name: string, make: (module: typeof connections) => T) => {
    return async (): Promise<T> => {
      const client = (open.get(name) as T | undefined) ?? make(await import('./connections.js'));
      open.set(name, client);
      return client;
    };
  };
  return {
    vmm: once('vmm', (module) => module.vmm(paths)),
    imaged: once('imaged', (module) => module.imaged(paths)),
    netd: once('netd', (module) => module.netd(paths)),
    dnsd: once('dnsd', (module) => module.dnsd(paths)),
    supervisor: once('supervisor', (module) => module.supervisor(paths)),
    hostCheck: (service) => once(`host check of ${service}`, (module) => module.hostCheck(paths, service))(),
    events: (service) => once(`events of ${service}`, (module) => module.events(paths, service))(),
    close() {
      for (const client of open.values()) client.close();
    },
  };
}
