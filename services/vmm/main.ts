import { VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { locateRuntime } from '../../lib/bundle/locate.js';
import { reconcileBy } from '../../lib/discrepancy.js';
import { EventLog } from '../../lib/events/event-log.js';
import { checkSocketPath } from '../../lib/host/socket-path.js';
import { withForgotten } from '../../lib/journal/forgotten.js';
import { openJournal } from '../../lib/journal/journal.js';
import type { Log } from '../../lib/log.js';
import { socketPath } from '../../lib/paths.js';
import { bindHostCheck } from '../../lib/rpc/host-check-server.js';
import { bind } from '../../lib/rpc/server.js';
import { runService, type ServiceContext, type StartedService } from '../../lib/service.js';
import { openDatabase } from '../../lib/store/database.js';
import { vmAudit } from './api/audit.js';
import { vmHandlers } from './api/vms.js';
import { hostCheck } from './app/check-host.js';
import { journalledWorld } from './app/effects.js';
import { vmmMetrics } from './app/metrics.js';
import type { History } from './app/sight.js';
import { createVmm } from './app/vmm.js';
import { configSchema, type VmmConfig } from './config.js';
import { ConsoleLogs } from './host/console-logs.js';
import { FileDisks } from './host/disks.js';
import { TcpGuests } from './host/guests.js';
import { createHostCheck } from './host/host-check.js';
import { hypervisorsHere } from './host/hypervisors-here.js';
import { LayerFolder } from './host/layers.js';
import { type Programs, programsHere } from './host/programs.js';
import { SshShells } from './host/shells/ssh-shells.js';
import { sightHere } from './host/sight.js';
import { SshKeyFiles } from './host/ssh-keys.js';
import { thisHost } from './host/this-host.js';
import { VmPaths } from './host/vm-paths.js';
import { ImagedImages } from './peers/imaged.js';
import { NetdNetworks } from './peers/netd.js';
import { SqliteTrashStore } from './store/trash-store.js';
import { databaseIn, migrations, SqliteVmStore } from './store/vm-store.js';

async function start({ config, paths, log }: ServiceContext<VmmConfig>): Promise<StartedService> {
  const vmPaths = new VmPaths(paths.stateDir, paths.runDir);
  // The longest of our sockets outside a jail, before any VM is in need of it.
  checkSocketPath(vmPaths.firecrackerVsock('0'.repeat(16)));
  // What an image was being made of when the service ended.
  await new LayerFolder(vmPaths).clear();
  const database = openDatabase(databaseIn(paths.stateDir).path, migrations);
  const images = new ImagedImages(socketPath(paths, 'imaged'));
  const networks = new NetdNetworks(socketPath(paths, 'netd'), process.getuid?.() ?? 0);
  const programs = await programsHere(config, locateRuntime(paths, process.env), log);
  const events = new EventLog(database, log);
  const store = new SqliteVmStore(database, Date.now, events);
  const trash = new SqliteTrashStore(database, Date.now, events);
  const journal = openJournal(database, log);
  const history: History = {
    effects: (uid, count) => journal.about(uid, count),
    events: (uid, count) => events.about(uid, count),
  };
  const world = { store, trash, images, networks, history, ...hostAdapters(config, programs, vmPaths, log) };
  const vmm = createVmm(journalledWorld(world, journal));
  await vmm.recover();
  return {
    bindings: [
      bind(VmServiceService, vmHandlers(vmm), vmAudit),
      bindHostCheck(hostCheck(vmm.world), reconcileBy(withForgotten(journal, vmm.lookForDiscrepancies))),
    ],
    events,
    metrics: vmmMetrics(vmm.world),
    async stop() {
      await vmm.stop();
      vmm.world.shells.close();
      networks.close();
      images.close();
      database.close();
    },
  };
}

function hostAdapters(config: VmmConfig, programs: Programs, paths: VmPaths, log: Log) {
  const consoles = new ConsoleLogs(paths, config.console_log_mib * 1024 * 1024, log, Date.now);
  const keys = new SshKeyFiles(paths);
  return {
    log,
    hypervisors: hypervisorsHere({ programs, settings: config, paths, consoles, log }),
    disks: new FileDisks(paths),
    layers: new LayerFolder(paths),
    keys,
    guests: new TcpGuests(keys.files),
    shells: new SshShells(keys.files, log),
    consoles,
    sight: sightHere(paths),
    host: thisHost(createHostCheck({ paths, jails: process.geteuid?.() === 0 && config.jail !== 'off' })),
    firstJailUid: config.first_jail_uid,
    trashLimits: { retentionMs: config.trash_hours * 3_600_000, bytes: config.trash_mib * 1024 * 1024 },
    patience: { bootMs: config.boot_timeout_seconds * 1000, peerMs: config.peer_timeout_seconds * 1000, askMs: 5_000 },
  };
}

runService('vmm', configSchema, start, { databases: ({ paths }) => [databaseIn(paths.stateDir)] });
