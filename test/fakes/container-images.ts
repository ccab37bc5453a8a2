import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Builds } from '../../services/imaged/app/builds.js';
import { ImportContainer, type ImportContainerWorld } from '../../services/imaged/app/import-container.js';
import { ImportImage } from '../../services/imaged/app/import-image.js';
import type { ContainerImages, ContainerTree, SourceFinder } from '../../services/imaged/app/ports.js';
import { digestOf } from '../../services/imaged/domain/digest.js';
import type { ImageInit } from '../../services/imaged/domain/image.js';
import type { ImportSource, Seen } from '../../services/imaged/domain/import-source.js';

/** A host on which lie what a test puts there, and tools that "unpack" it. */
export class FakeContainers implements SourceFinder, ContainerImages {
  readonly seen = new Map<string, Seen>();
  /** Stands for all that an image holds. */
  content = 'first';
  readonly copied: ImportSource[] = [];

  async see(path: string): Promise<Seen> {
    return this.seen.get(path) ?? { type: 'nothing' };
  }

  async open(): Promise<void> {}

  async identify(): Promise<string> {
    return digestOf(this.content);
  }

  async copy(source: ImportSource, folder: string): Promise<void> {
    this.copied.push(source);
    await writeFile(join(folder, 'layout'), this.content);
  }

  async unpack(_source: ImportSource, folder: string): Promise<ContainerTree> {
    const config = { user: '', env: [], entrypoint: ['/app'], cmd: [], workingDir: '/', labels: {} };
    return { path: join(folder, 'layout'), config, devices: [] };
  }

  async kitDigest(): Promise<string> {
    return digestOf('kit');
  }

  async makeBootable(): Promise<ImageInit> {
    return 'light';
  }

  async makeFileSystem(_tree: ContainerTree, path: string): Promise<void> {
    await writeFile(path, this.content);
  }
}

/** The import of all kinds, with these tools. */
export function fakeImports(world: Omit<ImportContainerWorld, 'containers'>, containers: FakeContainers): ImportImage {
  const importer = new ImportContainer({ ...world, containers });
  const importers = { layout: importer, archive: importer, registry: importer };
  return new ImportImage({ sources: containers, importers, builds: new Builds() });
}
