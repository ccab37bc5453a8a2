import { join } from 'node:path';
import { formatUsers, socketVariable, usersVariable } from '../lib/access.js';
import { BangerError } from '../lib/errors.js';
import { findAccount } from '../lib/host/accounts.js';
import { processRights } from '../lib/host/capabilities.js';
import { runCommand } from '../lib/host/command.js';
import {
  chmod,
  chown,
  ensureFolder,
  existsSync,
  lstat,
  lstatSync,
  pathExists,
  readdir,
  readlinkSync,
  readTextIfExists,
  symlinkSync,
  unlinkSync,
} from '../lib/host/files.js';
import type { Log } from '../lib/log.js';
import { type Paths, type ServiceName, serviceNames } from '../lib/paths.js';
import type { AccessRules } from '../lib/rpc/access.js';
import { reasons } from './errors.js';
import { type HostFacts, type Identity, launcher, type Rights, rightsOf } from './rights.js';
import type { ServiceSpec } from './service-process.js';

/**
 * Gives each service what it needs and no more, as it starts. Root alone can: what somebody else starts has the rights of
 * its user. Where a service's user is missing, or could not read what it needs, the service stays root, and that is said;
 * with "strict" it does not start.
 */

export interface PrivilegesOptions {
  readonly paths: Paths;
  readonly access: AccessRules;
  readonly mode: 'auto' | 'strict' | 'off';
  readonly dnsPort: number;
  readonly log: Log;
}

/** Which services have a state of their own to write, below the folder of all state. */
const stateful: readonly ServiceName[] = ['netd'];

export class Privileges {
  readonly #told = new Map<ServiceName, string>();

  constructor(private readonly options: PrivilegesOptions) {}

  /** Why a service runs with more rights than it needs; empty when it does not. */
  noteOn(name: ServiceName): string {
    return this.#told.get(name) ?? '';
  }

  /** How a service is to be started now. Rejects with SERVICE_USER_MISSING when that would be too much for "strict". */
  async prepare(spec: ServiceSpec): Promise<ServiceSpec> {
    if (process.geteuid?.() !== 0) return this.#asUser(spec);
    if (this.options.mode === 'off') return this.#asRoot(spec, []);
    const users = await Promise.all(serviceNames.map((name) => this.#identityOf(name)));
    const env = { [usersVariable]: formatUsers(Object.fromEntries(users.flatMap((user) => user.pair ?? []))) };
    const own = users[serviceNames.indexOf(spec.name)];
    const problem = own?.problem ?? (own?.identity && (await this.#unreadable(spec, own.identity)));
    if (problem !== undefined) return this.#reduced(spec, problem, env);
    this.#told.delete(spec.name);
    const rights = await this.#rights(spec.name);
    const prefix = launcher(rights, own?.identity, await bounding());
    if (own?.identity === undefined) return { ...this.#asRoot(spec, prefix), env };
    const socket = await this.#makePlaces(spec, own.identity);
    const place = () => placeLink(spec.socketPath, `${spec.name}/${spec.name}.sock`);
    return {
      ...spec,
      place,
      launcher: prefix,
      env: { ...env, ...places(this.options.paths), [socketVariable]: socket },
    };
  }

  /** In user mode the daemon may have been lent CAP_NET_ADMIN: it is netd's, and nobody else's. */
  async #asUser(spec: ServiceSpec): Promise<ServiceSpec> {
    const lent = (await processRights('self'))?.sets.Amb ?? [];
    if (lent.length === 0) return spec;
    const drop = spec.name === 'netd' ? ['--no-new-privs'] : ['--inh-caps=-all', '--ambient-caps=-all'];
    return { ...spec, launcher: ['setpriv', ...drop, '--'] };
  }

  #asRoot(spec: ServiceSpec, prefix: readonly string[]): ServiceSpec {
    return { ...spec, launcher: prefix, place: () => placeLink(spec.socketPath, undefined) };
  }

  async #reduced(spec: ServiceSpec, problem: string, env: Record<string, string>): Promise<ServiceSpec> {
    const message = `${spec.name} runs as root with all rights: ${problem}`;
    if (this.options.mode === 'strict') {
      const text = `cannot start ${spec.name} with its own rights alone: ${problem}`;
      throw new BangerError('wrong-state', reasons.SERVICE_USER_MISSING, text, { metadata: { service: spec.name } });
    }
    if (this.#told.get(spec.name) !== message) this.options.log.warn({ name: spec.name }, message);
    this.#told.set(spec.name, message);
    return { ...this.#asRoot(spec, []), env };
  }

  async #identityOf(
    name: ServiceName,
  ): Promise<{ identity?: Identity; pair?: [ServiceName, number][]; problem?: string }> {
    const { user } = await this.#rights(name);
    const group = this.options.access.adminGroup;
    // Root's services are bounded where the others have users of their own: in an installation.
    const account = await findAccount(user ?? 'banger-netd');
    if (account === undefined)
      return { problem: `this host has no user ${user ?? 'banger-netd'}: install banger, or see docs/security.md` };
    if (group === undefined)
      return { problem: 'this host has no group of admins, which services need to reach each other' };
    if (user === undefined) return {};
    return { identity: { ...account, socketGid: group.gid }, pair: [[name, account.uid]] };
  }

  async #rights(name: ServiceName): Promise<Rights> {
    return rightsOf(name, await this.#facts());
  }

  async #facts(): Promise<HostFacts> {
    const lists = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'];
    const texts = await Promise.all(lists.map((path) => readTextIfExists(path)));
    return { dnsPort: this.options.dnsPort, legacyTables: texts.some((text) => text !== undefined && text !== '') };
  }

  /** What the service's user could not read, asked of the kernel as that user: undefined when it can read all. */
  async #unreadable({ name, argv }: ServiceSpec, identity: Identity): Promise<string | undefined> {
    const as = launcher({ ...(await this.#rights(name)), capabilities: [] }, identity, []);
    const { configFile, stateDir, runDir } = this.options.paths;
    const wanted = [...argv, stateDir, runDir, ...((await pathExists(configFile)) ? [configFile] : [])];
    for (const path of wanted) {
      const flag = path === stateDir || path === runDir ? '-x' : '-r';
      const { exitCode } = await runCommand([...as, 'test', flag, path], { okExitCodes: [0, 1] });
      if (exitCode !== 0) return `its user cannot read ${path}`;
    }
    return undefined;
  }

  /** Admins, and services of other users, come through the folders of state and sockets by the group of admins. */
  async openFolders(): Promise<void> {
    const { paths, access, mode } = this.options;
    if (process.geteuid?.() !== 0 || access.adminGroup === undefined || mode === 'off') return;
    for (const folder of [paths.stateDir, paths.runDir]) await chown(folder, 0, access.adminGroup.gid);
  }

  /** Makes what the service writes to: its state, and a folder for its socket, to which the usual path leads. */
  async #makePlaces({ name }: ServiceSpec, identity: Identity): Promise<string> {
    const { stateDir, runDir } = this.options.paths;
    if (stateful.includes(name)) await giveState(join(stateDir, name), identity);
    const folder = join(runDir, name);
    await ensureFolder(folder);
    await chown(folder, identity.uid, identity.socketGid);
    // Sockets in it are of its group.
    await chmod(folder, this.options.access.readers === undefined ? 0o2750 : 0o2755);
    return join(folder, `${name}.sock`);
  }
}

/**
 * State of a former version, or a database that root has restored, is root's. What has several names is not given: another
 * of them may be a file of somebody else.
 */
async function giveState(folder: string, { uid, gid }: Identity): Promise<void> {
  await ensureFolder(folder);
  const owner = `${uid}:${gid}`;
  for (const name of ['', ...(await readdir(folder))]) {
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.uid === uid || (found.isFile() && found.nlink > 1)) continue;
    // Links are not followed, nor are folders that become links meanwhile: chown(1) walks by descriptors.
    await runCommand(['chown', '--recursive', '--no-dereference', '-P', owner, path]);
  }
}

/** The usual path of a socket leads to `target`, or is free of such a link. Whoever served there has ended. */
function placeLink(path: string, target: string | undefined): void {
  const present = linkTarget(path);
  if (present === target) return;
  if (present !== undefined || existsSync(path)) unlinkSync(path);
  if (target !== undefined) symlinkSync(target, path);
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

async function bounding(): Promise<readonly string[]> {
  return (await processRights('self'))?.sets.Bnd ?? [];
}

/** Another user would look for its own. */
function places({ stateDir, runDir, configFile }: Paths): Record<string, string> {
  return { BANGER_STATE_DIR: stateDir, BANGER_RUN_DIR: runDir, BANGER_CONFIG: configFile };
}
