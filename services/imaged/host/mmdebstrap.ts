import { join } from 'node:path';
import { writeFile } from '../../../lib/host/files.js';
import type { Archive, Work } from '../app/ports.js';
import { type AptSettings, parseAptSettings } from '../domain/apt-settings.js';
import { renderSources } from '../domain/apt-sources.js';
import { file } from '../domain/archive.js';
import { describeInstallLine } from '../domain/install-progress.js';
import { writeTar } from '../domain/tar.js';
import { runBuildTool } from './build-tool.js';
import { buildEpoch } from './tree-times.js';

const installTimeoutMs = 60 * 60_000;

/** Names in the work folder, where mmdebstrap runs, so that no path of ours is read as one of its hooks' words. */
const names = { sources: 'debian.sources', setup: 'setup.tar', tree: 'tree' } as const;

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

/** Installs packages, and what they need, into a new tree in `folder`; returns its path. `wrapper` makes us root. */
export async function installPackages(
  packages: readonly string[],
  archive: Archive,
  folder: string,
  wrapper: readonly string[],
  work: Work,
): Promise<string> {
  const settings = parseAptSettings((await runBuildTool(['apt-config', 'dump'], { signal: work.signal })).stdout);
  await writeFile(join(folder, names.sources), renderSources(archive.sources));
  await writeFile(join(folder, names.setup), writeTar([withoutUsrmerge]));
  const onLine = (line: string) => {
    const detail = describeInstallLine(line);
    if (detail !== undefined) work.tell({ detail });
  };
  await runBuildTool([...wrapper, ...mmdebstrapArgv(packages, archive.suite, settings)], {
    programName: 'mmdebstrap',
    cwd: folder,
    env: { ...settings.environment, TMPDIR: folder, SOURCE_DATE_EPOCH: `${buildEpoch}` },
    signal: work.signal,
    timeoutMs: installTimeoutMs,
    onStdoutLine: onLine,
    onStderrLine: onLine,
  });
  return join(folder, names.tree);
}

/** The command line; run it in the work folder, as root of something. */
export function mmdebstrapArgv(packages: readonly string[], suite: string, settings: AptSettings): string[] {
  return [
    'mmdebstrap',
    '--verbose',
    '--variant=minbase',
    '--mode=root',
    '--format=directory',
    `--include=${['usr-is-merged', ...packages].join(',')}`,
    `--hook-dir=${mergedUsrHooks}`,
    ...[...leftOut, ...keptOfThose].map((option) => `--dpkgopt=${option}`),
    ...settings.options.map((option) => `--aptopt=${option}`),
    `--setup-hook=tar-in ${names.setup} /`,
    suite,
    names.tree,
    names.sources,
  ];
}
