import {
  type AllowResolvedRequest,
  GetNetworkResponse,
  NetworkServiceService,
  WatchDomainsResponse,
} from '../../gen/banger/netd/v1/network_service.js';
import type { CallContext } from '../../lib/rpc/contract.js';
import { bind, type ServiceBinding } from '../../lib/rpc/server.js';

/** A netd that says what a test wants of its network and of its guests' egress rules, and keeps what it is told. */
export class FakeNetd {
  readonly allowed: AllowResolvedRequest[] = [];
  /** Refuses to let anything in. */
  refuses = false;

  constructor(
    private readonly network: Partial<GetNetworkResponse>,
    private readonly domains: Readonly<Record<string, readonly string[]>> = {},
  ) {}

  binding(): ServiceBinding {
    return bind(NetworkServiceService, {
      getNetwork: () => GetNetworkResponse.fromPartial(this.network),
      watchDomains: (_request: unknown, { signal }: CallContext) => this.#watch(signal),
      allowResolved: (request: AllowResolvedRequest) => {
        if (this.refuses) throw new Error('not now');
        this.allowed.push(request);
        return {};
      },
    } as never);
  }

  async *#watch(signal: AbortSignal): AsyncIterable<WatchDomainsResponse> {
    const guests = Object.entries(this.domains).map(([address, domains]) => ({
      guestAddresses: [address],
      domains: [...domains],
    }));
    yield WatchDomainsResponse.fromPartial({ guests });
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
