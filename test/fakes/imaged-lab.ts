import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageServiceService, PruneReason } from '../../gen/banger/imaged/v1/image_service.js';
import { silentLog } from '../../lib/log.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { bind, serve } from '../../lib/rpc/server.js';
import { openDatabase } from '../../lib/store/database.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { imageHandlers } from '../../services/imaged/api/image-service.js';
import { AcquireLease } from '../../services/imaged/app/acquire-lease.js';
import { AddLayer } from '../../services/imaged/app/add-layer.js';
import { BuildImage } from '../../services/imaged/app/build-image.js';
import { Builds } from '../../services/imaged/app/builds.js';
import { DeleteObject } from '../../services/imaged/app/delete-object.js';
import { kernelUseCases } from '../../services/imaged/app/kernel-use-cases.js';
import { Library } from '../../services/imaged/app/library.js';
import { ReleaseLease } from '../../services/imaged/app/release-lease.js';
import { StockFromBundle } from '../../services/imaged/app/stock-from-bundle.js';
import { storeUseCases } from '../../services/imaged/app/store-use-cases.js';
import { HostBundle } from '../../services/imaged/host/host-bundle.js';
import { ImageArchiveFiles } from '../../services/imaged/host/image-archive.js';
import { Ext4LayerFiles } from '../../services/imaged/host/layer-files.js';
import { ObjectStore } from '../../services/imaged/host/object-store.js';
import { StepCacheFolder } from '../../services/imaged/host/step-cache.js';
import { migrations, SqliteCatalog } from '../../services/imaged/store/catalog.js';
import { FakeContainers, fakeImports } from './container-images.js';
import { FakeBuildHost } from './image-build.js';

/** The whole service over its socket, with a real store and a real catalog; only what builds is made up. */
export class ImagedLab {
  readonly host = new FakeBuildHost();
  readonly containers = new FakeContainers();
  readonly store: string;
  client!: RpcClient<typeof ImageServiceService>;
  library!: Library;
  /** Stops the service; the store stays. */
  stop!: () => Promise<void>;

  private constructor(private readonly temp: Awaited<ReturnType<typeof tempFolder>>) {
    this.store = join(temp.path, 'store');
  }

  static async open(): Promise<ImagedLab> {
    const lab = new ImagedLab(await tempFolder());
    await lab.start();
    return lab;
  }

  /** A path that goes with the lab. */
  at(name: string): string {
    return join(this.temp.path, name);
  }

  async start(): Promise<void> {
    const { host } = this;
    const objects = await ObjectStore.open(this.store, silentLog);
    const database = openDatabase(join(this.store, 'imaged.db'), migrations);
    const catalog = new SqliteCatalog(database);
    const cache = await StepCacheFolder.open(join(this.store, 'cache'), 1024 * 1024);
    const library = new Library(objects, catalog, host);
    this.library = library;
    await library.adopt();
    const common = { preflight: host, recipes: host, packages: host, objects, library };
    const kernels = { ...common, catalog, packageName: 'linux-image-cloud-amd64', kernels: host };
    const bundle = new HostBundle({ path: this.at('runtime'), source: 'the test' });
    const stock = new StockFromBundle(library, objects, bundle);
    const handlers = imageHandlers({
      library,
      buildImage: new BuildImage({ ...common, cache, rootfs: host, builds: new Builds() }),
      addLayer: new AddLayer({ ...common, layerFiles: new Ext4LayerFiles(), builds: new Builds() }),
      importImage: fakeImports(common, this.containers),
      deleteObject: new DeleteObject(library, catalog),
      acquireLease: new AcquireLease(library, catalog, objects, stock),
      stock,
      releaseLease: new ReleaseLease(library, catalog),
      ...kernelUseCases(kernels),
      ...storeUseCases({ library, catalog, objects, archives: new ImageArchiveFiles(), cache }),
    });
    const socketPath = this.at('imaged.sock');
    const bindings = [bind(ImageServiceService, handlers)];
    const server = await serve({ service: 'imaged', socketPath, bindings, log: silentLog });
    this.client = createClient(ImageServiceService, 'imaged', socketPath);
    this.stop = async () => {
      this.client.close();
      await server.stop();
      database.close();
      objects.close();
    };
  }

  /** Does something to the folder of an object, whose files can be changed by then. */
  async damage(digest: string, harm: (folder: string) => Promise<unknown>): Promise<void> {
    const folder = this.objectFolder(digest);
    for (const name of await readdir(folder)) await chmod(join(folder, name), 0o644);
    await harm(folder);
  }

  objectFolder(digest: string): string {
    return join(this.store, 'objects', digest.slice('sha256:'.length));
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.temp.remove();
  }

  async buildImage(options: { rebuild?: boolean; signal?: AbortSignal } = {}) {
    const request = { recipe: 'debian', rebuild: options.rebuild ?? false };
    const steps = new Set<string>();
    for await (const { event } of this.client.buildImage(request, { signal: options.signal })) {
      if (event?.$case === 'image') return { image: event.value, steps: [...steps] };
      if (event) steps.add(event.value.step);
    }
    throw new Error('the stream ended without an image');
  }

  async buildKernel({ rebuild = false } = {}) {
    for await (const { event } of this.client.buildKernel({ rebuild })) {
      if (event?.$case === 'kernel') return event.value;
    }
    throw new Error('the stream ended without a kernel');
  }

  async names(): Promise<string[]> {
    return (await this.client.listImages({})).images.map((image) => image.name);
  }

  /** What a prune takes of the objects; what builds have kept to be quick the next time goes untold. */
  async prune({ all = false, dryRun = false } = {}) {
    const { items } = await this.client.pruneImages({ all, dryRun });
    return items.filter(({ reason }) => reason !== PruneReason.CACHE);
  }

  leftInBuilding(): Promise<string[]> {
    return readdir(join(this.store, 'building'));
  }

  async objectCount(): Promise<number> {
    return (await readdir(join(this.store, 'objects'))).length;
  }
}
