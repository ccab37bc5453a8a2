import { DnsServiceService, ListenerRole } from '../gen/banger/dnsd/v1/dns_service.js';
import {
  GetStatusResponse,
  RestartServiceResponse,
  type RollOver,
  ShutdownResponse,
  StartedBy,
  StreamServiceLogResponse,
  type SupervisorServiceService,
} from '../gen/banger/supervisor/v1/supervisor_service.js';
import type { DaemonFile } from '../lib/daemon-file.js';
import { invalidRequest } from '../lib/errors.js';
import { type Paths, socketPath } from '../lib/paths.js';
import type { AuditTable } from '../lib/rpc/auditing.js';
import { createClient } from '../lib/rpc/client.js';
import type { Handlers } from '../lib/rpc/contract.js';
import type { HandOver } from './hand-over.js';
import { streamLog } from './log-stream.js';
import type { Privileges } from './privileges.js';
import type { Supervisor } from './supervisor.js';

/** A status is wanted at once, above all when dnsd is the one that hangs. */
const dnsDeadlineMs = 500;
const maxTailLines = 100_000;

const startedBy: Readonly<Record<DaemonFile['startedBy'], StartedBy>> = {
  cli: StartedBy.CLI,
  systemd: StartedBy.SYSTEMD,
  other: StartedBy.OTHER,
};

export interface ApiOptions {
  readonly supervisor: Supervisor;
  readonly privileges: Pick<Privileges, 'noteOn'>;
  readonly handOver: HandOver;
  readonly identity: DaemonFile;
  readonly rollOver: RollOver | undefined;
  readonly paths: Paths;
  /** Begins the end of the supervisor. */
  readonly shutdown: () => void;
}

/** Which methods are verbs, and what they are done to. */
export const supervisorAudit: AuditTable<typeof SupervisorServiceService> = {
  getStatus: 'read',
  restartService: ({ name }) => ({ object: name }),
  shutdown: () => ({}),
  handOver: () => ({}),
  streamServiceLog: 'read',
};

/** The supervisor's service on the wire. */
export function supervisorHandlers(options: ApiOptions): Handlers<typeof SupervisorServiceService> {
  const { supervisor, privileges, paths, shutdown, identity, handOver } = options;
  const startTime = new Date();
  const dns = createClient(DnsServiceService, 'dnsd', socketPath(paths, 'dnsd'));
  return {
    async getStatus() {
      return GetStatusResponse.fromPartial({
        buildId: identity.buildId,
        version: identity.version,
        pid: identity.pid,
        startTime,
        services: supervisor
          .keepers()
          .map((keeper) => ({ ...keeper.status(), rights: privileges.noteOn(keeper.spec.name) })),
        dnsListener: await dns.getDnsStatus({}, { deadlineMs: dnsDeadlineMs }).then(hostListener, () => ''),
        stateDir: paths.stateDir,
        runDir: paths.runDir,
        program: identity.program,
        startedBy: startedBy[identity.startedBy],
        rollOver: options.rollOver,
        handingOver: handOver.isUnderWay,
      });
    },
    handOver: (steps) => handOver.give(steps),
    async restartService({ name }) {
      const keeper = supervisor.find(name, 'restart');
      await keeper.restart();
      return RestartServiceResponse.fromPartial({ service: keeper.status() });
    },
    shutdown() {
      // After the answer has left.
      setImmediate(shutdown);
      return ShutdownResponse.fromPartial({});
    },
    async *streamServiceLog({ name, tailLines, follow }, { signal }) {
      const { spec } = supervisor.find(name, 'read the log of');
      if (tailLines < 0 || tailLines > maxTailLines) {
        const description = `must be 0 to ${maxTailLines}, is ${tailLines}`;
        throw invalidRequest(`read the log of ${name}`, [{ field: 'tail_lines', description }]);
      }
      for await (const data of streamLog(spec.logPath, { tailLines, follow, signal })) {
        yield StreamServiceLogResponse.fromPartial({ data });
      }
    },
  };
}

function hostListener(status: {
  listeners: { role: ListenerRole; listening: boolean; address: string; port: number }[];
}) {
  const found = status.listeners.find(({ role, listening }) => role === ListenerRole.HOST && listening);
  return found ? `${found.address}:${found.port}` : '';
}
