import { z } from 'zod';
import { BangerError, commonReasons } from './errors.js';
import { groupId } from './host/accounts.js';
import { type Environment, type ServiceName, serviceNames } from './paths.js';
import type { AccessRules, Group } from './rpc/access.js';

/** Where packages put those who may do everything; on a host without it only root, and the daemon's own user, may. */
const defaultAdmins = 'banger';

/** The section [access], which every process reads. */
export const accessSchema = z.strictObject({
  /** The group whose members may call everything, by name. Empty: none; root and the daemon's own user always may. */
  admins: z.string().default(defaultAdmins),
  /** The group whose members may read, by name, or "everyone". Empty: none. */
  readers: z.string().default(''),
});

export type AccessConfig = z.infer<typeof accessSchema>;

/** Set by the supervisor: the users that services run as, as "netd=997 dnsd=998", and its own as "supervisor=0". */
export const usersVariable = 'BANGER_SERVICE_USERS';

/** Set by the supervisor for a service that cannot write to the folder of the sockets: where its own is. */
export const socketVariable = 'BANGER_OWN_SOCKET';

export function ownSocketPath(env: Environment): string | undefined {
  return env[socketVariable] || undefined;
}

/** Fails with INVALID_CONFIG when a group that the configuration names does not exist: all of them at once. */
export async function accessRules(config: AccessConfig, env: Environment, path: string): Promise<AccessRules> {
  const adminGroup = await findGroup(config.admins);
  const readers = config.readers === 'everyone' ? 'everyone' : await findGroup(config.readers);
  const missing = [
    ...(config.admins !== '' && config.admins !== defaultAdmins && !adminGroup ? ['admins'] : []),
    ...(config.readers !== '' && !readers ? ['readers'] : []),
  ] as (keyof AccessConfig)[];
  if (missing.length > 0) throw unknownGroups(missing, config, path);
  const { services, supervisor } = parseUsers(env[usersVariable] ?? '');
  const own = process.geteuid?.() ?? 0;
  return { adminUids: [...new Set([0, own, ...supervisor])], adminGroup, readers, services };
}

async function findGroup(name: string): Promise<Group | undefined> {
  const gid = name === '' ? undefined : await groupId(name);
  return gid === undefined ? undefined : { name, gid };
}

function unknownGroups(keys: readonly (keyof AccessConfig)[], config: AccessConfig, path: string): BangerError {
  const fields = keys.map((key) => ({
    field: `access.${key}`,
    description: `this host has no group ${config[key]}; make it with \`groupadd --system ${config[key]}\`, or name another`,
  }));
  const text = fields.map(({ field, description }) => `${field}: ${description}`).join('; ');
  const message = `cannot use the configuration ${path}: ${text}`;
  return new BangerError('invalid', commonReasons.INVALID_CONFIG, message, { fields, metadata: { path } });
}

/** The value of BANGER_SERVICE_USERS. */
export function formatUsers(users: Readonly<Partial<Record<ServiceName | 'supervisor', number>>>): string {
  return Object.entries(users)
    .map(([name, uid]) => `${name}=${uid}`)
    .join(' ');
}

/** A service that runs as root, or as we do, may call everything: it stands for no rule of its own. */
function parseUsers(text: string): { services: Map<number, ServiceName>; supervisor: number[] } {
  const pairs = text.split(' ').map((pair) => pair.split('=') as [string, string | undefined]);
  const numbered = pairs.map(([name, uid]) => [name, Number.parseInt(uid ?? '', 10)] as const);
  const services = numbered.filter(([name, uid]) => isService(name) && uid > 0) as [ServiceName, number][];
  return {
    services: new Map(services.map(([name, uid]) => [uid, name])),
    supervisor: numbered.filter(([name, uid]) => name === 'supervisor' && uid >= 0).map(([, uid]) => uid),
  };
}

function isService(name: string): boolean {
  return (serviceNames as readonly string[]).includes(name);
}
