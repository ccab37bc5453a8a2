import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { reconcileBy } from '../../lib/discrepancy.js';
import { EventLog } from '../../lib/events/event-log.js';
import { withForgotten } from '../../lib/journal/forgotten.js';
import { openJournal } from '../../lib/journal/journal.js';
import type { Paths } from '../../lib/paths.js';
import { bindHostCheck } from '../../lib/rpc/host-check-server.js';
import { bind } from '../../lib/rpc/server.js';
import { runService, type ServiceContext, type StartedService } from '../../lib/service.js';
import { openDatabase } from '../../lib/store/database.js';
import { imageAudit } from './api/audit.js';
import { imageHandlers } from './api/image-service.js';
import { AddLayer } from './app/add-layer.js';
import { BuildImage } from './app/build-image.js';
import { Builds } from './app/builds.js';
import { lookForDiscrepancies } from './app/discrepancies.js';
import { journalledPorts } from './app/effects.js';
import { importAll } from './app/import-all.js';
import { kernelUseCases } from './app/kernel-use-cases.js';
import { leaseUseCases } from './app/lease-use-cases.js';
import { Library } from './app/library.js';
import { imagedMetrics } from './app/metrics.js';
import { StockFromBundle } from './app/stock-from-bundle.js';
import { storeUseCases } from './app/store-use-cases.js';
import { configSchema, type ImagedConfig } from './config.js';
import type { Image } from './domain/image.js';
import { Apt } from './host/apt.js';
import { readHostSystem } from './host/apt-files.js';
import { ContainerTools } from './host/containers/container-tools.js';
import { SourceLook } from './host/containers/source-look.js';
import { DiskImageFiles } from './host/disk-images.js';
import { HostBundle } from './host/host-bundle.js';
import { HostPreflight } from './host/host-preflight.js';
import { ImageArchiveFiles } from './host/image-archive.js';
import { openImageTools } from './host/image-tools.js';
import { KernelFiles } from './host/kernel-files.js';
import { Ext4LayerFiles } from './host/layer-files.js';
import { ObjectStore } from './host/object-store.js';
import { databaseIn, migrations, SqliteCatalog } from './store/catalog.js';

/** Recipes and guest files lie beside this program, in the sources as in what is built of them. */
const shipped = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const storeOf = (config: ImagedConfig, paths: Paths) => config.store_dir || join(paths.stateDir, 'imaged');

async function start({ config, paths, log }: ServiceContext<ImagedConfig>): Promise<StartedService> {
  const isRoot = process.getuid?.() === 0;
  const storeFolder = storeOf(config, paths);
  const store = await ObjectStore.open(storeFolder, log);
  const database = openDatabase(databaseIn(storeFolder).path, migrations);
  const events = new EventLog(database, log);
  const catalog = new SqliteCatalog(database, events);
  const places = { shippedFolder: shipped('.'), storeFolder, cacheMib: config.step_cache_mib };
  const { recipes, rootfs, ...tools } = await openImageTools({ ...places, isRoot });
  const system = await readHostSystem();
  const ports = { objects: store, cache: tools.cache, packages: new Apt(system, isRoot) };
  const journal = openJournal(database, log);
  const { objects, cache, packages } = journalledPorts(ports, journal);
  const library = new Library(objects, catalog, recipes);
  const preflight = new HostPreflight({ storeFolder, isRoot, system, architecture: process.arch });
  const kernels = new KernelFiles(shipped('guest/initramfs-init'));
  const common = { preflight, recipes, packages, objects, library, builds: new Builds<Image>() };
  const archives = new ImageArchiveFiles();
  const stock = new StockFromBundle(library, objects, HostBundle.here(paths));
  await library.exclusive(() => library.adopt());
  const whole = storeUseCases({ library, catalog, objects, archives, cache });
  const handlers = imageHandlers({
    library,
    buildImage: new BuildImage({ ...common, cache, rootfs }),
    addLayer: new AddLayer({ ...common, layerFiles: new Ext4LayerFiles(), builds: new Builds() }),
    importImage: importAll({
      ...common,
      sources: new SourceLook(),
      containers: new ContainerTools(isRoot, shipped('guest')),
      archives,
      disks: new DiskImageFiles(),
    }),
    stock,
    ...leaseUseCases({ library, catalog, objects, stock }),
    ...kernelUseCases({ ...common, catalog, kernels, packageName: config.kernel_package }),
    ...whole,
  });
  const stop = () => {
    database.close();
    store.close();
  };
  const reconcile = reconcileBy(withForgotten(journal, lookForDiscrepancies(library, objects)));
  const bindings = [bind(ImageServiceService, handlers, imageAudit), bindHostCheck(preflight.find, reconcile)];
  return { bindings, events, metrics: imagedMetrics(whole.storeUsage), stop };
}

runService('imaged', configSchema, start, {
  databases: ({ config, paths }) => [databaseIn(storeOf(config, paths))],
});
