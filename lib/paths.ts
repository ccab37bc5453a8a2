import { join, resolve } from 'node:path';

/** Where banger keeps things on this host. docs/on-disk.md lists what is in each place. */
export interface Paths {
  /** Durable state. */
  readonly stateDir: string;
  /** Sockets and what must not outlive a boot. */
  readonly runDir: string;
  readonly configFile: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * BANGER_STATE_DIR, BANGER_RUN_DIR and BANGER_CONFIG decide. Without them: the system's directories for root, the XDG
 * base directories for everyone else. The paths are absolute, for they go to processes with other working directories.
 */
export function resolvePaths(env: Environment, uid: number): Paths {
  const standard = uid === 0 ? systemPaths : userPaths(env, uid);
  return {
    stateDir: resolve(env.BANGER_STATE_DIR || standard.stateDir),
    runDir: resolve(env.BANGER_RUN_DIR || standard.runDir),
    configFile: resolve(env.BANGER_CONFIG || standard.configFile),
  };
}

const systemPaths: Paths = {
  stateDir: '/var/lib/banger',
  runDir: '/run/banger',
  configFile: '/etc/banger/config.toml',
};

function userPaths(env: Environment, uid: number): Paths {
  const home = env.HOME ?? `/home/${uid}`;
  return {
    stateDir: join(env.XDG_STATE_HOME || join(home, '.local/state'), 'banger'),
    runDir: join(env.XDG_RUNTIME_DIR || `/run/user/${uid}`, 'banger'),
    configFile: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'banger/config.toml'),
  };
}

/** A place, and what decided that it is there. */
export interface PathDecision {
  readonly name: string;
  readonly path: string;
  readonly source: string;
}

/** The places of resolvePaths(), each with what decided it. */
export function explainPaths(env: Environment, uid: number): PathDecision[] {
  const { stateDir, runDir, configFile } = resolvePaths(env, uid);
  const source = (own: string, xdg: string) => {
    if (env[own]) return own;
    if (uid === 0) return "the system's folders, for root";
    return env[xdg] ? xdg : `the default of ${xdg}`;
  };
  return [
    { name: 'state', path: stateDir, source: source('BANGER_STATE_DIR', 'XDG_STATE_HOME') },
    { name: 'sockets', path: runDir, source: source('BANGER_RUN_DIR', 'XDG_RUNTIME_DIR') },
    { name: 'configuration', path: configFile, source: source('BANGER_CONFIG', 'XDG_CONFIG_HOME') },
  ];
}

/** The services in the order of their start: each needs at most those before it. */
export const serviceNames = ['netd', 'imaged', 'vmm', 'dnsd'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The socket of a service, or of the supervisor itself. */
export function socketPath(paths: Paths, service: ServiceName | 'supervisor'): string {
  return join(paths.runDir, `${service}.sock`);
}
