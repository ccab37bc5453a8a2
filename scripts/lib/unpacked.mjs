// Debian packages that tests run programs of, and that must not be installed: systemd-resolved's would take the place of the
// machine's own /etc/resolv.conf and start a daemon. They are unpacked below a folder, where nothing finds them by itself.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './steps.mjs';

const packages = ['systemd-resolved', 'libsystemd-shared'];

const unpackedTree = resolve('.cache/unpacked');

/** Fetches and unpacks them below .cache/unpacked, unless they are there. */
export async function unpackPackages(say) {
  if (existsSync(unpackedTree)) return 'all there';
  mkdirSync('.cache', { recursive: true });
  const folder = mkdtempSync(resolve('.cache/unpacking-'));
  try {
    await run(['apt-get', 'download', ...packages], { cwd: folder, onLine: say });
    const tree = join(folder, 'tree');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      await run(['dpkg-deb', '--extract', join(folder, file), tree]);
    }
    renameSync(tree, unpackedTree);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return `unpacked ${packages.join(' ')}`;
}
