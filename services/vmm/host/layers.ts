import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { commonReasons, isBangerError } from '../../../lib/errors.js';
import { runCommand } from '../../../lib/host/command.js';
import { ensureFolder, removePath, withStorageErrors, writeFile } from '../../../lib/host/files.js';
import type { DiskOwner, Layers } from '../app/ports.js';
import { diskFailed } from '../domain/errors.js';
import { runDiskCommand } from './tools.js';
import type { VmPaths } from './vm-paths.js';

const copyMs = 60 * 60_000;
/** 1: errors were found and corrected, e2fsck(8). */
const repaired = [0, 1];

/**
 * Copies of VMs' writable layers on their way to become images: a folder of files with random names, which is emptied
 * when this service starts. Nothing is mounted.
 */
export class LayerFolder implements Layers {
  constructor(private readonly paths: VmPaths) {}

  async clear(): Promise<void> {
    await removePath(this.paths.layers);
  }

  async create(): Promise<string> {
    await withStorageErrors(this.paths.layers, () => ensureFolder(this.paths.layers));
    return join(this.paths.layers, `${randomBytes(6).toString('hex')}.ext4`);
  }

  async copy({ uid, name }: DiskOwner, layer: string, signal?: AbortSignal): Promise<void> {
    const what = imageOf(name);
    const argv = ['cp', '--reflink=auto', '--sparse=always', '--', this.paths.overlay(uid), layer];
    await runCommand(argv, { signal, timeoutMs: copyMs }).catch((error: unknown) => {
      throw isBangerError(error, commonReasons.COMMAND_FAILED) ? diskFailed(what, error.message, error) : error;
    });
  }

  async finish(layer: string, { name }: DiskOwner, without: readonly string[], signal?: AbortSignal): Promise<void> {
    const what = imageOf(name);
    const commands = `${layer}.commands`;
    await writeFile(commands, without.map((path) => `rm /upper/${path}\n`).join(''));
    try {
      // The guest may not have had the time to leave it clean.
      await runDiskCommand(what, ['e2fsck', '-f', '-y', layer], { signal, okExitCodes: repaired });
      // It goes on when there is nothing of a name.
      await runDiskCommand(what, ['debugfs', '-w', '-f', commands, layer], { signal });
      // Nobody will write to it.
      await runDiskCommand(what, ['tune2fs', '-O', '^has_journal', layer], { signal });
      await runDiskCommand(what, ['resize2fs', '-M', layer], { signal });
      // Punches holes where nothing is kept: what was removed is gone for good.
      await runDiskCommand(what, ['e2fsck', '-f', '-y', '-E', 'discard', layer], { signal, okExitCodes: repaired });
    } finally {
      await removePath(commands);
    }
  }

  async discard(layer: string): Promise<void> {
    await removePath(layer);
  }
}

function imageOf(name: string): string {
  return `make an image of vm ${name}`;
}
