import {
  NetworkServiceService,
  type Attachment as WireAttachment,
} from '../../../gen/banger/netd/v1/network_service.js';
import { isBangerError } from '../../../lib/errors.js';
import type { HostFinding, Purpose } from '../../../lib/finding.js';
import type { NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { RpcClient } from '../../../lib/rpc/contract.js';
import { createHostCheckClient, type HostCheckClient } from '../../../lib/rpc/host-check-client.js';
import { fromWirePolicy, toWirePolicy } from '../../../lib/rpc/network-policy.js';
import type { NetworkRequest, Networks } from '../app/ports.js';
import type { AttachedVm } from '../domain/traces.js';
import type { Attachment } from '../domain/vm.js';
import { missingInAnswer, peerDeadlineMs } from './answers.js';

/** It only looks at files: who does not answer by then is not there. */
const checkDeadlineMs = 2_000;

/** Networks, as netd gives them. */
export class NetdNetworks implements Networks {
  readonly #client: RpcClient<typeof NetworkServiceService>;
  readonly #host: HostCheckClient;

  /** `ownUid` is the user that hypervisors run as when no other is asked for: the one that may open the taps. */
  constructor(
    socketPath: string,
    private readonly ownUid: number,
  ) {
    this.#client = createClient(NetworkServiceService, 'netd', socketPath, { waitForReady: true });
    this.#host = createHostCheckClient('netd', socketPath);
  }

  async ensure(request: NetworkRequest, signal?: AbortSignal): Promise<Attachment> {
    const { formerAddress = '' } = request;
    if (formerAddress === '' || request.ipv4Address !== '') return this.#attach(request, signal);
    return this.#attach({ ...request, ipv4Address: formerAddress }, signal).catch((error) => {
      // Another VM has it, or the pool is another by now.
      if (!isBangerError(error) || (error.kind !== 'exists' && error.kind !== 'invalid')) throw error;
      return this.#attach(request, signal);
    });
  }

  async #attach(request: NetworkRequest, signal?: AbortSignal): Promise<Attachment> {
    const options = { deadlineMs: peerDeadlineMs, signal };
    const { attachment } = await this.#client.ensureAttachment(this.#toWire(request, false), options);
    return toAttachment(attachment);
  }

  async checkPlace(request: NetworkRequest, signal?: AbortSignal): Promise<void> {
    await this.#client.ensureAttachment(this.#toWire(request, true), { deadlineMs: checkDeadlineMs, signal });
  }

  async release(uid: string, signal?: AbortSignal): Promise<void> {
    await this.#client.releaseAttachment({ vmUid: uid }, { deadlineMs: peerDeadlineMs, signal });
  }

  async list(signal?: AbortSignal): Promise<AttachedVm[]> {
    const { attachments } = await this.#client.listAttachments({}, { deadlineMs: checkDeadlineMs, signal });
    return attachments.map(({ vmUid, vmName, tap }) => ({ uid: vmUid, name: vmName, tap }));
  }

  async setNat(uid: string, nat: boolean, signal?: AbortSignal): Promise<Attachment> {
    const { attachment } = await this.#client.setNat({ vmUid: uid, nat }, { deadlineMs: peerDeadlineMs, signal });
    return toAttachment(attachment);
  }

  async setPolicy(uid: string, policy: NetworkPolicy, signal?: AbortSignal): Promise<Attachment> {
    const request = { vmUid: uid, policy: toWirePolicy(policy) };
    const { attachment } = await this.#client.setPolicy(request, { deadlineMs: peerDeadlineMs, signal });
    return toAttachment(attachment);
  }

  async checkPolicy(name: string, policy: NetworkPolicy, signal?: AbortSignal): Promise<void> {
    const request = { vmUid: '', vmName: name, policy: toWirePolicy(policy) };
    await this.#client.checkPolicy(request, { deadlineMs: peerDeadlineMs, signal });
  }

  async get(uid: string, signal?: AbortSignal): Promise<Attachment | undefined> {
    const call = this.#client.getAttachment({ vmUid: uid }, { deadlineMs: checkDeadlineMs, signal });
    return call.then(
      ({ attachment }) => toAttachment(attachment),
      (error) => {
        if (isBangerError(error) && error.kind === 'not-found') return undefined;
        throw error;
      },
    );
  }

  check(wanted: readonly Purpose[], signal?: AbortSignal): Promise<readonly HostFinding[]> {
    return this.#host.check(wanted, { deadlineMs: checkDeadlineMs, signal });
  }

  #toWire(
    { uid, name, ownerUid = this.ownUid, policy, formerAddress: _, ...rest }: NetworkRequest,
    validateOnly: boolean,
  ) {
    return { vmUid: uid, vmName: name, ownerUid, ...rest, policy: toWirePolicy(policy), validateOnly };
  }

  close(): void {
    this.#client.close();
    this.#host.close();
  }
}

function toAttachment(wire: WireAttachment | undefined): Attachment {
  if (wire === undefined) throw missingInAnswer('netd', 'attachment');
  const { policy } = fromWirePolicy(wire.policy, '');
  const { ipv4Address, macAddress, tap, gateway, nat, ipv6Address, ipv6Gateway } = wire;
  const ipv6 = ipv6Address === '' ? undefined : { address: ipv6Address, gateway: ipv6Gateway };
  return { ipv4Address, macAddress, tap, gateway, nat, policy, ...(ipv6 && { ipv6 }) };
}
