import { BangerError, commonReasons } from '../errors.js';
import type { PeerCredentials } from '../host/peer-credentials.js';
import type { ServiceName } from '../paths.js';

/** Who may call what on a socket. docs/security.md has it in words. */

/** `admin` may call everything, `reader` what changes nothing, `stranger` nothing at all. */
export type Role = 'admin' | 'reader' | 'stranger';

export interface AccessRules {
  /** These users may call everything: the one that the daemon runs as, and root. */
  readonly adminUids: readonly number[];
  /** So may members of this group. */
  readonly adminGroup: Group | undefined;
  /** These may read. */
  readonly readers: Group | 'everyone' | undefined;
  /** Services that run as users of their own: each may do what its work takes, whatever groups its user is in. */
  readonly services: ReadonlyMap<number, ServiceName>;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** For a socket that nobody has given rules: the user that serves it, and root. */
export function ownUserOnly(uid: number): AccessRules {
  return { adminUids: [0, uid], adminGroup: undefined, readers: undefined, services: new Map() };
}

/** What a service may call of another that changes something, and of which it may read. Any other pair may nothing. */
interface Grant {
  readonly reads: boolean;
  /** Methods by their names, or all of them. */
  readonly calls: readonly string[] | 'all';
}

type Grants = Readonly<Partial<Record<string, Readonly<Partial<Record<ServiceName, Grant>>>>>>;

/** By the service that is called, then by the one that calls. test/architecture holds it against the peers of services. */
export const grants: Grants = {
  netd: {
    vmm: { reads: true, calls: 'all' },
    // Names that guests asked for become addresses that they may reach.
    dnsd: { reads: true, calls: ['AllowResolved'] },
  },
  imaged: { vmm: { reads: true, calls: 'all' } },
  vmm: { dnsd: { reads: true, calls: [] } },
};

/** A method as the wire names it, and what its contract says of it. */
export interface CalledMethod {
  /** Such as "/banger.vmm.v1.VmService/GetVm". */
  readonly path: string;
  readonly readOnly: boolean;
}

/** Undefined when the peer may call the method of `service`; else the error for them. */
export function refusalOf(
  peer: PeerCredentials,
  method: CalledMethod,
  service: string,
  rules: AccessRules,
): BangerError | undefined {
  const caller = rules.adminUids.includes(peer.uid) ? undefined : rules.services.get(peer.uid);
  if (caller !== undefined) {
    return isGranted(grants[service]?.[caller], method) ? undefined : serviceRefused(caller, method, service);
  }
  const role = roleOf(peer, rules);
  const isAllowed = role === 'admin' || (role === 'reader' && method.readOnly);
  return isAllowed ? undefined : callerRefused(peer, role, method, service, rules);
}

export function roleOf(peer: PeerCredentials, { adminUids, adminGroup, readers }: AccessRules): Role {
  if (adminUids.includes(peer.uid) || isMember(peer, adminGroup)) return 'admin';
  return readers === 'everyone' || isMember(peer, readers) ? 'reader' : 'stranger';
}

function isMember({ gid, groups }: PeerCredentials, group: Group | undefined): boolean {
  return group !== undefined && (gid === group.gid || groups.includes(group.gid));
}

function isGranted(grant: Grant | undefined, { path, readOnly }: CalledMethod): boolean {
  if (grant === undefined) return false;
  if (grant.calls === 'all' || grant.calls.includes(nameOf(path))) return true;
  return grant.reads && readOnly;
}

function callerRefused(
  { uid }: PeerCredentials,
  role: Role,
  { path }: CalledMethod,
  service: string,
  rules: AccessRules,
): BangerError {
  const why = role === 'reader' ? 'may read only' : 'may not call anything here';
  const name = nameOf(path);
  const message = `cannot call ${name} of ${service}: user ${uid} ${why}; ${remedy(rules)}`;
  return new BangerError('wrong-state', commonReasons.CALLER_DENIED, message, {
    metadata: { uid: String(uid), role, method: name },
  });
}

function remedy({ adminGroup }: AccessRules): string {
  const asRoot = 'run it as root or as the user that the daemon runs as';
  return adminGroup === undefined ? asRoot : `join the group ${adminGroup.name} and log in again, or ${asRoot}`;
}

function serviceRefused(caller: ServiceName, { path }: CalledMethod, service: string): BangerError {
  const name = nameOf(path);
  const message = `cannot call ${name} of ${service}: it is none of what the service ${caller} may call there; report it`;
  return new BangerError('wrong-state', commonReasons.CALLER_DENIED, message, {
    metadata: { service: caller, method: name },
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
