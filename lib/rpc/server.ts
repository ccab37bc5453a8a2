import { Server, type ServiceDefinition } from '@grpc/grpc-js';
import { BangerError, commonReasons } from '../errors.js';
import type { Trail } from '../events/audit.js';
import type { Log } from '../log.js';
import type { RemoteListening } from '../remote/listening.js';
import type { FileLock } from '../store/lock.js';
import { type AccessRules, ownUserOnly } from './access.js';
import { type Door, openDoor } from './admission.js';
import type { AuditTable } from './auditing.js';
import type { Handlers, ServiceContract } from './contract.js';
import { adaptHandlers } from './handler.js';
import { addHealth } from './health-service.js';
import { addReflection } from './reflection.js';
import { openRemoteDoor } from './remote-door.js';
import { claimSocket, shareSocket } from './socket.js';

/** A contract with the handlers that keep it; made by `bind`, so that their types are held together. */
export interface ServiceBinding {
  /** The full name, such as "banger.vmm.v1.VmService". */
  readonly fullName: string;
  readonly contract: ServiceContract;
  readonly handlers: Handlers<ServiceContract>;
  /** Absent when none of its methods changes anything. */
  readonly audit?: AuditTable<ServiceContract>;
}

/** Without `audit` none of the methods is in the audit trail. */
export function bind<S extends ServiceContract>(
  contract: S,
  handlers: Handlers<S>,
  audit?: AuditTable<S>,
): ServiceBinding {
  const [first] = Object.values(contract);
  const fullName = first?.path.split('/')[1] ?? '';
  const anyHandlers = handlers as unknown as Handlers<ServiceContract>;
  return { fullName, contract, handlers: anyHandlers, audit: audit as unknown as AuditTable<ServiceContract> };
}

export interface ServeOptions {
  /** The short name, such as "vmm". */
  readonly service: string;
  readonly socketPath: string;
  readonly bindings: readonly ServiceBinding[];
  readonly log: Log;
  /** Where verbs are written down. */
  readonly trail?: Trail;
  /** The claim on the socket, when the caller has made it already; the server releases it in the end. */
  readonly claim?: FileLock;
  /** Who may call what; unless given, the user that we run as, and root. */
  readonly access?: AccessRules;
  /** How other hosts are served too; not at all unless given. */
  readonly remote?: RemoteListening | undefined;
}

export interface RunningServer {
  /** Ends streams with SHUTTING_DOWN, lets unary calls finish for at most `graceMs`, and removes the socket. */
  stop(graceMs?: number): Promise<void>;
}

/** Serves bindings, health and reflection on a Unix socket, and to other hosts, to those that the rules of access let in. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { service, socketPath, log, trail, access = ownUserOnly(process.geteuid?.() ?? 0) } = options;
  const lock = options.claim ?? (await claimSocket(socketPath));
  const stopping = new AbortController();
  // Each connection has a door of its own, which channelz would keep books of.
  const server = new Server({ 'grpc.enable_channelz': 0 });
  for (const { contract, handlers, audit } of options.bindings) {
    const env = { service, log, stopping: stopping.signal, ...(trail && { trail }) };
    const implementation = adaptHandlers(contract, handlers, env, audit);
    server.addService(contract as unknown as ServiceDefinition, implementation as never);
  }
  const services = options.bindings.map((binding) => binding.fullName);
  const health = addHealth(server, services, stopping.signal);
  addReflection(server, services);
  const door = await openDoors(server, options, access).catch((error) => {
    lock.release();
    throw error;
  });
  await shareSocket(socketPath, access.readers !== undefined);
  log.info({ socketPath }, 'listening');
  return {
    async stop(graceMs = 5_000) {
      health.notServing();
      stopping.abort(new BangerError('unavailable', commonReasons.SHUTTING_DOWN, `${service} is stopping; try again`));
      door.close();
      await drain(server, door, graceMs);
      lock.release();
    },
  };
}

async function openDoors(server: Server, options: ServeOptions, rules: AccessRules): Promise<Door> {
  const { service, socketPath, log, remote } = options;
  const local = await openDoor(server, { service, socketPath, rules, log });
  if (remote === undefined) return local;
  try {
    const other = await openRemoteDoor(server, { service, listening: remote, log });
    const both = (act: (door: Door) => void) => [other, local].forEach(act);
    return { close: () => both((door) => door.close()), cut: () => both((door) => door.cut()) };
  } catch (error) {
    local.close();
    throw error;
  }
}

function drain(server: Server, door: Door, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // Without channelz grpc-js does not know its sessions, and its forceShutdown() ends none of them.
    const timer = setTimeout(() => door.cut(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
