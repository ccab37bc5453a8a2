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

/** The services in the order of their start: each needs at most those before it. */
export const serviceNames = ['netd', 'imaged', 'vmm', 'dnsd'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The socket of a service, or of the supervisor itself. */
export function socketPath(paths: Paths, service: ServiceName | 'supervisor'): string {
  return join(paths.runDir, `${service}.sock`);
}
