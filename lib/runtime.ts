import { basename, dirname, join, resolve } from 'node:path';
import type { Environment } from './paths.js';

/** Where the runtime bundle is looked for. docs/runtime-bundle.md. */

export interface RuntimeQuestion {
  /** `--runtime-dir`. */
  readonly flag?: string;
  readonly env: Environment;
  /** The keys of the configuration; absolute, or undefined when they are not set. */
  readonly config: { readonly runtimeDir?: string; readonly repoRoot?: string };
  /** The folder that holds this program's `dist/` (or its sources), absolute. */
  readonly programRoot: string;
  /** Whether that folder is a checkout of the sources. */
  readonly isCheckout: boolean;
}

export interface RuntimeDecision {
  /** Absolute; undefined when there is no place to look at. */
  readonly path: string | undefined;
  /** What decided, for people: a flag, a variable, a key, or what this program is. */
  readonly source: string;
}

/**
 * The first of: `--runtime-dir`, BANGER_RUNTIME_DIR, `runtime_dir` of the configuration, its alias `repo_root`, `runtime`
 * in the checkout that this program belongs to, `../lib/banger` beside an installed `bin/banger`. The working directory
 * decides nothing, but relative paths of a flag or a variable start from it. Whether anything is there is not asked.
 */
export function resolveRuntime({ flag, env, config, programRoot, isCheckout }: RuntimeQuestion): RuntimeDecision {
  if (flag) return { path: resolve(flag), source: '--runtime-dir' };
  if (env.BANGER_RUNTIME_DIR) return { path: resolve(env.BANGER_RUNTIME_DIR), source: 'BANGER_RUNTIME_DIR' };
  if (config.runtimeDir) return { path: config.runtimeDir, source: 'runtime_dir in the configuration' };
  if (config.repoRoot) return { path: join(config.repoRoot, 'runtime'), source: 'repo_root in the configuration' };
  if (isCheckout) return { path: join(programRoot, 'runtime'), source: 'the source checkout of this program' };
  const prefix = installPrefix(programRoot);
  if (prefix) return { path: join(prefix, 'lib/banger'), source: 'the installation of this program' };
  return { path: undefined, source: 'this program is neither installed nor in a source checkout' };
}

/** Of PREFIX/libexec/banger, where `make install` puts the program of PREFIX/bin/banger. */
function installPrefix(programRoot: string): string | undefined {
  const isInstalled = basename(programRoot) === 'banger' && basename(dirname(programRoot)) === 'libexec';
  return isInstalled ? dirname(dirname(programRoot)) : undefined;
}
