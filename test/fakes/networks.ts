import { BangerError, invalidRequest } from '../../lib/errors.js';
import type { HostFinding, Purpose } from '../../lib/finding.js';
import { collide, emptyPolicy, type NetworkPolicy } from '../../lib/network-policy/policy.js';
import type { NetworkRequest, Networks } from '../../services/vmm/app/ports.js';
import type { AttachedVm } from '../../services/vmm/domain/traces.js';
import type { Attachment } from '../../services/vmm/domain/vm.js';
import { Faults } from './faults.js';

/** netd in memory: addresses from 10.77.0.10 on, in the order of asking. */
export class FakeNetworks implements Networks {
  readonly attachments = new Map<string, Attachment>();
  /** Who may open each tap; undefined for the caller's own user. */
  readonly owners = new Map<string, number | undefined>();
  readonly faults = new Faults();
  /** Whether guests have IPv6. */
  hasIpv6 = false;
  /** What the network needs of the fake host. */
  findings: readonly HostFinding[] = [];

  async ensure(request: NetworkRequest, signal?: AbortSignal): Promise<Attachment> {
    const { uid, name, nat, policy, ownerUid } = request;
    await this.faults.at('ensure', signal);
    if (!/^[a-zA-Z0-9-]{1,64}$/.test(uid)) {
      const description = 'must be 1 to 64 letters, digits and hyphens';
      throw invalidRequest(`attach vm ${name}`, [{ field: 'vm_uid', description }]);
    }
    const attachment = { ...(this.attachments.get(uid) ?? this.#newAttachment(request)), nat, policy };
    this.attachments.set(uid, attachment);
    this.owners.set(uid, ownerUid);
    return attachment;
  }

  async checkPlace({ name, ipv4Address }: NetworkRequest, signal?: AbortSignal): Promise<void> {
    await this.faults.at('checkPlace', signal);
    const isTaken = [...this.attachments.values()].some((other) => other.ipv4Address === ipv4Address);
    if (isTaken) throw new BangerError('exists', 'ADDRESS_TAKEN', `cannot attach vm ${name}: ${ipv4Address} is taken`);
  }

  async list(signal?: AbortSignal): Promise<AttachedVm[]> {
    await this.faults.at('list', signal);
    return [...this.attachments].map(([uid, { tap }]) => ({ uid, name: `vm-${uid}`, tap }));
  }

  async release(uid: string, signal?: AbortSignal): Promise<void> {
    await this.faults.at('release', signal);
    this.attachments.delete(uid);
    this.owners.delete(uid);
  }

  async setNat(uid: string, nat: boolean, signal?: AbortSignal): Promise<Attachment> {
    await this.faults.at('setNat', signal);
    const attachment = this.attachments.get(uid);
    if (attachment === undefined) {
      throw new BangerError('not-found', 'ATTACHMENT_NOT_FOUND', `vm ${uid} has no attachment`);
    }
    const changed = { ...attachment, nat };
    this.attachments.set(uid, changed);
    return changed;
  }

  async setPolicy(uid: string, policy: NetworkPolicy, signal?: AbortSignal): Promise<Attachment> {
    await this.faults.at('setPolicy', signal);
    const attachment = this.attachments.get(uid);
    if (attachment === undefined) {
      throw new BangerError('not-found', 'ATTACHMENT_NOT_FOUND', `vm ${uid} has no attachment`);
    }
    this.#requirePorts(uid, policy);
    const changed = { ...attachment, policy };
    this.attachments.set(uid, changed);
    return changed;
  }

  async checkPolicy(name: string, policy: NetworkPolicy, signal?: AbortSignal): Promise<void> {
    await this.faults.at('checkPolicy', signal);
    this.#requirePorts(name, policy);
  }

  #requirePorts(uid: string, { publishedPorts }: NetworkPolicy): void {
    const others = [...this.attachments].filter(([other]) => other !== uid);
    const held = others.flatMap(([, { policy }]) => policy.publishedPorts);
    const taken = publishedPorts.find((port) => held.some((other) => collide(other, port)));
    if (taken) throw new BangerError('exists', 'PORT_TAKEN', `port ${taken.hostPort} is taken`);
  }

  async get(uid: string, signal?: AbortSignal): Promise<Attachment | undefined> {
    await this.faults.at('get', signal);
    return this.attachments.get(uid);
  }

  async check(wanted: readonly Purpose[], signal?: AbortSignal): Promise<readonly HostFinding[]> {
    await this.faults.at('check', signal);
    return this.findings.filter(({ purpose }) => wanted.includes(purpose));
  }

  #newAttachment(wish: NetworkRequest): Attachment {
    const taken = new Set([...this.attachments.values()].map((a) => a.ipv4Address));
    let last = 10;
    while (taken.has(`10.77.0.${last}`)) last++;
    const hex = last.toString(16).padStart(2, '0');
    const former = taken.has(wish.formerAddress ?? '') ? '' : wish.formerAddress;
    const ipv4Address = wish.ipv4Address || former || `10.77.0.${last}`;
    const macAddress = wish.macAddress || `52:54:0a:4d:00:${hex}`;
    const tap = `bgr${last - 10}`;
    const ipv6 = { address: `fd00::${last - 10}`, gateway: 'fe80::1' };
    const rest = { gateway: '10.77.0.1', nat: false, policy: emptyPolicy, ...(this.hasIpv6 && { ipv6 }) };
    return { ipv4Address, macAddress, tap, ...rest };
  }
}
