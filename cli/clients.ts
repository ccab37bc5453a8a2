import type { Paths, ServiceName } from '../lib/paths.js';

type Connected<Module extends { connect: (...args: never[]) => unknown }> = Promise<ReturnType<Module['connect']>>;

/**
 * Clients of the services, each made at its first use: loading gRPC costs more than everything else a command does, and the
 * code for the messages of one service as much as that of most commands.
 */
export interface Clients {
  vmm(): Connected<typeof import('./connections/vmm.js')>;
  imaged(): Connected<typeof import('./connections/imaged.js')>;
  netd(): Connected<typeof import('./connections/netd.js')>;
  dnsd(): Connected<typeof import('./connections/dnsd.js')>;
  supervisor(): Connected<typeof import('./connections/supervisor.js')>;
  /** What a service knows of this host. */
  hostCheck(service: ServiceName): Connected<typeof import('./connections/host-check.js')>;
  /** What a service, or the supervisor, tells of itself. */
  events(service: ServiceName | 'supervisor'): Connected<typeof import('./connections/events.js')>;
  close(): void;
}

interface Client {
  close(): void;
}

export function openClients(paths: Paths): Clients {
  const asked = new Map<string, Promise<Client>>();
  const made: Client[] = [];
  const once = <T extends Client>(name: string, connect: () => Promise<T>): Promise<T> => {
    const known = asked.get(name) as Promise<T> | undefined;
    const client = known ?? connect();
    if (!known) {
      asked.set(name, client);
      client.then(
        (each) => made.push(each),
        () => undefined,
      );
    }
    return client;
  };
  return {
    vmm: () => once('vmm', async () => (await import('./connections/vmm.js')).connect(paths)),
    imaged: () => once('imaged', async () => (await import('./connections/imaged.js')).connect(paths)),
    netd: () => once('netd', async () => (await import('./connections/netd.js')).connect(paths)),
    dnsd: () => once('dnsd', async () => (await import('./connections/dnsd.js')).connect(paths)),
    supervisor: () => once('supervisor', async () => (await import('./connections/supervisor.js')).connect(paths)),
    hostCheck: (service) =>
      once(`host check of ${service}`, async () =>
        (await import('./connections/host-check.js')).connect(paths, service),
      ),
    events: (service) =>
      once(`events of ${service}`, async () => (await import('./connections/events.js')).connect(paths, service)),
    close() {
      for (const client of made) client.close();
    },
  };
}
