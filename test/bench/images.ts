import { join } from 'node:path';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

const vmCount = 10;

/** Images out of the store and into it, against the programs that do the bare work, and ten VMs of one image against copies of it. */
export async function benchImages(world: World): Promise<Row[]> {
  const scratch = await tempFolder();
  const [archive, copy] = [join(scratch.path, 'image.tar.zst'), join(scratch.path, 'copy')];
  const { digest } = await world.json<{ digest: string }>('image', 'show', 'debian');
  const rootfs = join(world.stateDir, 'imaged/objects', digest.slice('sha256:'.length), 'rootfs.ext4');
  const bare = (...argv: string[]) => timed(() => runCommand(argv));
  const banger = (...args: string[]) => timed(() => world.banger(...args));
  try {
    const out = await alternate(
      3,
      () => banger('image', 'export', 'debian', '-o', archive),
      () => bare('zstd', '-q', '-f', '-T0', rootfs, '-o', `${copy}.zst`),
    );
    const into = await alternate(
      3,
      () => banger('image', 'import', archive, '--name', 'bench-import'),
      () => bare('tar', '--zstd', '--overwrite', '-C', scratch.path, '-xf', archive),
    );
    const names = Array.from({ length: vmCount }, (_, i) => `bench-disk-${i}`);
    const before = await bytesOf(world.stateDir);
    for (const name of names) await world.banger('vm', 'create', name, '--no-start');
    const added = (await bytesOf(world.stateDir)) - before;
    await world.banger('vm', 'delete', '--force', '--purge', ...names);
    return [
      row('image export / zstd', 'ms', out.values, out.baselines),
      row('image import / tar -x', 'ms', into.values, into.baselines),
      row(`${vmCount} VMs of one image / ${vmCount} copies`, 'bytes', [added], [vmCount * (await bytesOf(rootfs))]),
    ];
  } finally {
    await world.banger('image', 'delete', 'bench-import');
    await scratch.remove();
  }
}

async function bytesOf(path: string): Promise<number> {
  return Number((await runCommand(['du', '-s', '-B1', path])).stdout.split('\t')[0]);
}
