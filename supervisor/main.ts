import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SupervisorServiceService } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { ensureFolder } from '../lib/host/files.js';
import { startMetrics } from '../lib/metrics/start.js';
import { type Paths, type ServiceName, serviceNames, socketPath } from '../lib/paths.js';
import { createHealthProbe } from '../lib/rpc/health.js';
import { bind, serve } from '../lib/rpc/server.js';
import { endAsFailed, onStopSignal, prepareProcess } from '../lib/service.js';
import { supervisorHandlers } from './api.js';
import { configSchema } from './config.js';
import { type KeeperPorts, ServiceKeeper } from './keeper.js';
import { Leftovers } from './leftovers.js';
import { supervisorMetrics } from './metrics.js';
import { type ServiceSpec, startProcess } from './service-process.js';
import { Supervisor } from './supervisor.js';

/** `bangerd`: listens first, so that a second one is refused before it touches anything; then starts the services. */
async function main(): Promise<void> {
  const { config, paths, log, access, metrics: wanted } = await prepareProcess('supervisor', configSchema);
  await ensureFolder(logFolder(paths));
  const leftovers = new Leftovers(join(paths.runDir, 'supervisor.json'), log);
  const ports: KeeperPorts = {
    launch: startProcess,
    probe: ({ name, socketPath }) => createHealthProbe(name, socketPath),
    onLaunch: ({ name, argv }, { identity }) => leftovers.remember(name, identity, argv),
    log,
  };
  const keepers = serviceNames.map((name) => new ServiceKeeper(specOf(name, paths), config, ports));
  const logPath = join(logFolder(paths), 'supervisor.log');
  const supervisor = new Supervisor({ keepers, leftovers, config, logPath, log });

  const shutdown = () => process.kill(process.pid, 'SIGTERM');
  const bindings = [bind(SupervisorServiceService, supervisorHandlers({ supervisor, paths, shutdown }))];
  const server = await serve({
    service: 'supervisor',
    socketPath: socketPath(paths, 'supervisor'),
    bindings,
    log,
    access,
  });
  const metrics = await startMetrics('supervisor', wanted, [supervisorMetrics(keepers)], log);
  onStopSignal(async () => {
    log.info('stopping');
    await metrics?.close();
    await supervisor.stop();
    await server.stop();
  }, log);
  await Promise.all([supervisor.start(), supervisor.tendLogs()]);
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
