import { join } from 'node:path';
import { mkdir, readFile, writeFile } from '../../../lib/host/files.js';
import type { Archive, InstalledTree, RootfsBuilder, Work } from '../app/ports.js';
import { type AptSettings, parseAptSettings } from '../domain/apt-settings.js';
import { renderSources } from '../domain/apt-sources.js';
import { file } from '../domain/archive.js';
import { describeInstallLine } from '../domain/install-progress.js';
import { installedPackages } from '../domain/kernel-package.js';
import type { LoadedRecipe, Recipe } from '../domain/recipe.js';
import { writeTar } from '../domain/tar.js';
import { runBuildTool } from './build-tool.js';
import { contained } from './contained.js';
import { makeExt4 } from './ext4.js';

const installTimeoutMs = 60 * 60_000;

/** Names in the work folder, where mmdebstrap runs, so that no path of ours is read as one of its hooks' words. */
const names = { sources: 'debian.sources', setup: 'setup.tar', additions: 'additions.tar', tree: 'tree' } as const;

/**
 * usrmerge is for systems that were installed long ago. It would bring all of perl along: 46 MB for nothing, for
 * mmdebstrap starts with a merged /usr.
 */
const withoutUsrmerge = file(
  'etc/apt/preferences.d/banger-build',
  'Package: usrmerge\nPin: release *\nPin-Priority: -1\n',
);
const mergedUsrHooks = '/usr/share/mmdebstrap/hooks/merged-usr';

const leftOut = ['man', 'info', 'lintian', 'locale', 'doc'].map((name) => `path-exclude=/usr/share/${name}/*`);
const keptOfThose = ['locale/locale.alias', 'doc/*/copyright'].map((name) => `path-include=/usr/share/${name}`);

/** Makes root filesystems with mmdebstrap: as root directly, without root by way of a tar archive and fakeroot. */
export class Mmdebstrap implements RootfsBuilder {
  constructor(private readonly isRoot: boolean) {}

  async install(recipe: LoadedRecipe, archive: Archive, folder: string, work: Work): Promise<InstalledTree> {
    const settings = parseAptSettings((await runBuildTool(['apt-config', 'dump'], { signal: work.signal })).stdout);
    await writeFile(join(folder, names.sources), renderSources(archive.sources));
    await writeFile(join(folder, names.setup), writeTar([withoutUsrmerge]));
    await writeFile(join(folder, names.additions), writeTar(recipe.additions));
    const onLine = (line: string) => {
      const detail = describeInstallLine(line);
      if (detail !== undefined) work.tell({ detail });
    };
    const argv = mmdebstrapArgv(recipe.recipe, archive.suite, recipe.customize, settings, this.isRoot);
    await runBuildTool([...(this.isRoot ? contained : []), ...argv], {
      programName: 'mmdebstrap',
      cwd: folder,
      // Without root, mmdebstrap's temporary root must be in a folder that its sub-uids can enter.
      env: { ...settings.environment, ...(this.isRoot && { TMPDIR: folder }) },
      signal: work.signal,
      timeoutMs: installTimeoutMs,
      onStdoutLine: onLine,
      onStderrLine: onLine,
    });
    const path = join(folder, names.tree);
    if (!this.isRoot) await unpack(path, work);
    const status = await readFile(join(path, 'var/lib/dpkg/status'), 'utf8');
    return { path, packages: installedPackages(status) };
  }

  makeFileSystem(tree: InstalledTree, path: string, work: Work): Promise<void> {
    return makeExt4(tree.path, path, this.isRoot ? [] : ['fakeroot', '-i', ownersOf(tree.path), '--'], work);
  }
}

/** The command line; run it in the work folder. `customize` is the text of a script that gets the tree's path. */
export function mmdebstrapArgv(
  recipe: Recipe,
  suite: string,
  customize: string,
  settings: AptSettings,
  isRoot: boolean,
): string[] {
  return [
    'mmdebstrap',
    '--verbose',
    '--variant=minbase',
    `--mode=${isRoot ? 'root' : 'unshare'}`,
    `--format=${isRoot ? 'directory' : 'tar'}`,
    `--include=${['usr-is-merged', ...recipe.packages].join(',')}`,
    `--hook-dir=${mergedUsrHooks}`,
    ...[...leftOut, ...keptOfThose].map((option) => `--dpkgopt=${option}`),
    ...settings.options.map((option) => `--aptopt=${option}`),
    `--setup-hook=tar-in ${names.setup} /`,
    `--customize-hook=tar-in ${names.additions} /`,
    `--customize-hook=${customize}`,
    suite,
    isRoot ? names.tree : `${names.tree}.tar`,
    names.sources,
  ];
}

/** fakeroot remembers whose the files would be. */
function ownersOf(tree: string): string {
  return `${tree}.owners`;
}

async function unpack(tree: string, { signal, tell }: Work): Promise<void> {
  tell({ detail: 'unpacking the tree' });
  await mkdir(tree);
  const argv = ['fakeroot', '-s', ownersOf(tree), '--', 'tar', '-xpf', `${tree}.tar`, '-C', tree];
  await runBuildTool(argv, { signal, timeoutMs: installTimeoutMs });
}
