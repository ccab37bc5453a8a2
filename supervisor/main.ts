import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RollOver, SupervisorServiceService } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { removeDaemonFile, writeDaemonFile } from '../lib/daemon-file.js';
import { ensureFolder } from '../lib/host/files.js';
import { startMetrics } from '../lib/metrics/start.js';
import { type Paths, type ServiceName, serviceNames, socketPath } from '../lib/paths.js';
import { createHealthProbe } from '../lib/rpc/health.js';
import { bind, serve } from '../lib/rpc/server.js';
import { endAsFailed, onStopSignal, prepareProcess, type ServiceContext } from '../lib/service.js';
import { supervisorHandlers } from './api.js';
import { configSchema, type SupervisorConfig } from './config.js';
import { HandOver } from './hand-over.js';
import { ownIdentity } from './identity.js';
import { type KeeperPorts, ServiceKeeper } from './keeper.js';
import { Leftovers } from './leftovers.js';
import { supervisorMetrics } from './metrics.js';
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
  const supervisor = createSupervisor(context);
  const [, , word] = process.argv;
  const socket = socketPath(context.paths, 'supervisor');
  if (word === 'check') return checkTakeOver(supervisor);
  await run(context, supervisor, word === 'take-over' ? await takeOver(supervisor, socket) : undefined);
}

async function run(context: ServiceContext<SupervisorConfig>, supervisor: Supervisor, former: Former | undefined) {
  const { paths, log, access } = context;
  const shutdown = () => process.kill(process.pid, 'SIGTERM');
  const identity = ownIdentity(process.env);
  const handOver = new HandOver(supervisor, log, shutdown);
  const rollOver = former && RollOver.fromPartial({ ...former, time: new Date() });
  const handlers = supervisorHandlers({ supervisor, handOver, identity, rollOver, paths, shutdown });
  const server = await serve({
    service: 'supervisor',
    socketPath: socketPath(paths, 'supervisor'),
    bindings: [bind(SupervisorServiceService, handlers)],
    log,
    access,
  });
  const metrics = await startMetrics('supervisor', context.metrics, [supervisorMetrics(supervisor.keepers())], log);
  onStopSignal(async () => {
    log.info('stopping');
    await metrics?.close();
    await supervisor.stop();
    await removeDaemonFile(paths, process.pid);
    await server.stop();
  }, log);
  await writeDaemonFile(paths, identity).catch((err) => log.warn({ err }, 'cannot say which daemon runs'));
  await Promise.all([supervisor.start(), supervisor.tendLogs()]);
}

function createSupervisor({ config, paths, log }: ServiceContext<SupervisorConfig>): Supervisor {
  const leftovers = new Leftovers(join(paths.runDir, 'supervisor.json'), log);
  const ports: KeeperPorts = {
    launch: startProcess,
    probe: ({ name, socketPath }) => createHealthProbe(name, socketPath),
    onLaunch: ({ name, argv }, { identity }) => leftovers.remember(name, identity, argv),
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
