import { ImportContainer, type ImportContainerWorld } from './import-container.js';
import { ImportDisk, type ImportDiskWorld } from './import-disk.js';
import { ImportExported, type ImportExportedWorld } from './import-exported.js';
import { ImportImage, type ImportImageWorld } from './import-image.js';

type ImportWorld = ImportContainerWorld & ImportExportedWorld & ImportDiskWorld & Omit<ImportImageWorld, 'importers'>;

/** The import of every kind of source that there is. */
export function importAll(world: ImportWorld): ImportImage {
  const container = new ImportContainer(world);
  const importers = {
    layout: container,
    archive: container,
    registry: container,
    export: new ImportExported(world),
    disk: new ImportDisk(world),
  };
  return new ImportImage({ ...world, importers });
}
