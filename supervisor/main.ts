import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RollOver, SupervisorServiceService } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { buildId, version } from '../lib/build.js';
import { readConfig, readConfigSource } from '../lib/config.js';
import { type Happenings, untold } from '../lib/events/happenings.js';
import { ensureFolder } from '../lib/host/files.js';
import { startMetrics } from '../lib/metrics/start.js';
import { type Paths, type ServiceName, serviceNames, socketPath } from '../lib/paths.js';
import { bindEvents } from '../lib/rpc/events.js';
import { createHealthProbe } from '../lib/rpc/health.js';
import { bind, serve } from '../lib/rpc/server.js';
import { endAsFailed, onStopSignal, prepareProcess, type ServiceContext } from '../lib/service.js';
import { supervisorAudit, supervisorHandlers } from './api.js';
import { configSchema, type SupervisorConfig } from './config.js';
import { removeDaemonFile, writeDaemonFile } from './daemon-file.js';
import { openEvents } from './events.js';
import { HandOver } from './hand-over.js';
import { ownIdentity } from './identity.js';
import { type KeeperPorts, ServiceKeeper } from './keeper.js';
import { Leftovers } from './leftovers.js';
import { supervisorMetrics } from './metrics.js';
import { Privileges } from './privileges.js';
import { type ServiceSpec, startProcess } from './service-process.js';
import { Supervisor } from './supervisor.js';
import { checkTakeOver, type Former, takeOver } from './take-over.js';

/**
 * `bangerd`: listens first, so that a second one is refused before it touches anything; then starts the services. As
 * `bangerd take-over` it has another one, which runs, hand them over before that; as `bangerd check` it only finds out
 * whether it could.
 */
async function main(): Promise<void> {
  const context = await prepareProcess('supervisor', configSchema);
  await ensureFolder(logFolder(context.paths));
  const privileges = privilegesOf(context);
  await privileges.openFolders();
  const [, , word] = process.argv;
  if (word === 'check') return checkTakeOver(createSupervisor(context, privileges, untold));
  const opened = openEvents(context.paths.stateDir, context.log);
  const supervisor = createSupervisor(context, privileges, opened.events);
  const socket = socketPath(context.paths, 'supervisor');
  await run(
    context,
    supervisor,
    { privileges, ...opened },
    word === 'take-over' ? await takeOver(supervisor, socket) : undefined,
  );
}

type Opened = ReturnType<typeof openEvents> & { readonly privileges: Privileges };

async function run(
  context: ServiceContext<SupervisorConfig>,
  supervisor: Supervisor,
  { privileges, events, close }: Opened,
  former: Former | undefined,
): Promise<void> {
  const { paths, log, access, remote } = context;
  const shutdown = () => process.kill(process.pid, 'SIGTERM');
  const identity = ownIdentity(process.env);
  const handOver = new HandOver(supervisor, log, shutdown);
  const rollOver = former && RollOver.fromPartial({ ...former, time: new Date() });
  const handlers = supervisorHandlers({ supervisor, privileges, handOver, identity, rollOver, paths, shutdown });
  const server = await serve({
    service: 'supervisor',
    socketPath: socketPath(paths, 'supervisor'),
    bindings: [bind(SupervisorServiceService, handlers, supervisorAudit), bindEvents('supervisor', events)],
    log,
    trail: events,
    access,
    remote,
  });
  const tell = (action: string, message: string) =>
    events.tell({ type: 'service', action, object: 'supervisor', message });
  tell('started', `version ${version}, build ${buildId}`);
  const metrics = await startMetrics('supervisor', context.metrics, [supervisorMetrics(supervisor.keepers())], log);
  onStopSignal(async () => {
    log.info('stopping');
    tell('stopping', 'it was asked to stop');
    await metrics?.close();
    await supervisor.stop();
    await removeDaemonFile(paths, process.pid);
    await server.stop();
    close();
  }, log);
  await writeDaemonFile(paths, identity).catch((err) => log.warn({ err }, 'cannot say which daemon runs'));
  await Promise.all([supervisor.start(), supervisor.tendLogs()]);
}

function privilegesOf({ config, paths, access, log }: ServiceContext<SupervisorConfig>): Privileges {
  return new Privileges({ paths, access, mode: config.privileges, dnsPort: dnsPortOf(paths), log });
}

/** What dnsd finds wrong in its section it tells itself. */
function dnsPortOf({ configFile }: Paths): number {
  const schema = z.looseObject({ port: z.number().catch(0).default(0) });
  // With our own section, so that unknown ones are told by the services: lib/config.ts.
  const schemas = { supervisor: configSchema, dnsd: schema };
  return readConfig(readConfigSource(configFile, process.env), schemas).dnsd.port;
}

function createSupervisor(
  { config, paths, log }: ServiceContext<SupervisorConfig>,
  privileges: Privileges,
  events: Pick<Happenings, 'tell'>,
): Supervisor {
  const leftovers = new Leftovers(join(paths.runDir, 'supervisor.json'), log);
  const ports: KeeperPorts = {
    launch: async (spec) => startProcess(await privileges.prepare(spec)),
    probe: ({ name, socketPath }) => createHealthProbe(name, socketPath),
    onLaunch: ({ name, argv }, { identity }) => leftovers.remember(name, identity, argv),
    events,
    log,
  };
  const keepers = serviceNames.map((name) => new ServiceKeeper(specOf(name, paths), config, ports));
  const logPath = join(logFolder(paths), 'supervisor.log');
  return new Supervisor({ keepers, leftovers, config, logPath, log });
}

function logFolder(paths: Paths): string {
  return join(paths.stateDir, 'logs');
}

/** In dist/ the services stand beside the supervisor. */
function specOf(name: ServiceName, paths: Paths): ServiceSpec {
  const program = fileURLToPath(new URL(`../services/${name}/main.js`, import.meta.url));
  return {
    name,
    argv: [process.execPath, program],
    socketPath: socketPath(paths, name),
    logPath: join(logFolder(paths), `${name}.log`),
  };
}

main().catch((error) => endAsFailed('supervisor', error));
