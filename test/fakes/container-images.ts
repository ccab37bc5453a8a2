import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Builds } from '../../services/imaged/app/builds.js';
import { importAll } from '../../services/imaged/app/import-all.js';
import type { ImportContainerWorld } from '../../services/imaged/app/import-container.js';
import type { ImportImage } from '../../services/imaged/app/import-image.js';
import type { ContainerImages, ContainerTree, SourceFinder } from '../../services/imaged/app/ports.js';
import { digestOf } from '../../services/imaged/domain/digest.js';
import type { ImageInit } from '../../services/imaged/domain/image.js';
import type { ContainerSource, Seen } from '../../services/imaged/domain/import-source.js';
import { DiskImageFiles } from '../../services/imaged/host/disk-images.js';
import { ImageArchiveFiles } from '../../services/imaged/host/image-archive.js';
import { contentOfFile } from '../../services/imaged/host/source-content.js';

/** A host on which lie what a test puts there, and tools that "unpack" it. */
export class FakeContainers implements SourceFinder, ContainerImages {
  readonly seen = new Map<string, Seen>();
  /** Stands for all that an image holds. */
  content = 'first';
  readonly copied: ContainerSource[] = [];

  async see(path: string): Promise<Seen> {
    const seen = this.seen.get(path);
    if (seen || !existsSync(path)) return seen ?? { type: 'nothing' };
    return { type: 'file', members: [], content: await contentOfFile(path, new AbortController().signal) };
  }

  async open(): Promise<void> {}

  async identify(): Promise<string> {
    return digestOf(this.content);
  }

  async copy(source: ContainerSource, folder: string): Promise<void> {
    this.copied.push(source);
    await writeFile(join(folder, 'layout'), this.content);
  }

  async unpack(_source: ContainerSource, folder: string): Promise<ContainerTree> {
    const config = { user: '', env: [], entrypoint: ['/app'], cmd: [], workingDir: '/', labels: {} };
    return { path: join(folder, 'layout'), config, devices: [], newest: 0 };
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
  const host = { archives: new ImageArchiveFiles(), disks: new DiskImageFiles() };
  return importAll({ ...world, ...host, sources: containers, containers, builds: new Builds() });
}
