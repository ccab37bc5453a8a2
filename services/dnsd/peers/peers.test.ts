import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type AllowResolvedRequest,
  GetNetworkResponse,
  NetworkServiceService,
} from '../../../gen/banger/netd/v1/network_service.js';
import { VmServiceService, VmState, WatchVmsResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import { bind, type RunningServer, type ServiceBinding, serve } from '../../../lib/rpc/server.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { followVms } from '../app/follow-vms.js';
import { ZoneKeeper } from '../app/zone-keeper.js';
import { netdNetworks, netdRules } from './netd.js';
import { vmmFeed } from './vmm.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let socket: string;
const servers: RunningServer[] = [];
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 'peer.sock');
});

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  for (const server of servers.splice(0)) await server.stop(200);
  await folder.remove();
});

async function start(...bindings: ServiceBinding[]): Promise<RunningServer> {
  const server = await serve({ service: 'peer', socketPath: socket, bindings, log: silentLog });
  servers.push(server);
  return server;
}

interface FakeVm {
  name: string;
  uid: string;
  address?: string;
  ipv6Address?: string;
  aliases?: string[];
  state?: VmState;
}

function upserted(vm: FakeVm): WatchVmsResponse {
  const addresses = { ipv4Address: vm.address ?? '', ipv6Address: vm.ipv6Address ?? '' };
  const status = { ...addresses, state: vm.state ?? VmState.RUNNING };
  return WatchVmsResponse.fromPartial({
    event: { $case: 'upserted', value: { name: vm.name, uid: vm.uid, spec: { aliases: vm.aliases ?? [] }, status } },
  });
}

/** A vmm that sends a snapshot, and then what `send` is given. */
async function fakeVmm(...vms: FakeVm[]) {
  const pending: WatchVmsResponse[] = [];
  let wake: () => void = () => undefined;
  async function* watchVms(_request: unknown, { signal }: { signal: AbortSignal }) {
    for (const vm of vms) yield upserted(vm);
    yield WatchVmsResponse.fromPartial({ event: { $case: 'synced', value: {} } });
    while (!signal.aborted) {
      for (const event of pending.splice(0)) yield event;
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
  const server = await start(bind(VmServiceService, { watchVms } as never));
  const send = (event: WatchVmsResponse) => {
    pending.push(event);
    wake();
  };
  return { server, send };
}

function follow() {
  const keeper = new ZoneKeeper();
  const feed = vmmFeed(socket);
  const stop = new AbortController();
  const following = followVms(feed, keeper, silentLog, stop.signal);
  cleanups.push(async () => {
    stop.abort();
    await following;
    feed.close();
  });
  const names = () =>
    keeper
      .zone()
      .records()
      .flatMap(({ name, data }) => (data.type === 'A' || data.type === 'AAAA' ? [`${name} ${data.address}`] : []));
  const until = (...expected: string[]) =>
    pollUntil(() => keeper.synced() && String(names()) === String(expected), {
      what: `the names are ${expected.join(', ')}`,
      timeoutMs: 20_000,
      everyMs: 5,
    });
  return { keeper, names, until };
}

const web = { name: 'web', uid: '1', address: '10.77.0.10' };
const db = { name: 'db', uid: '2', address: '10.77.0.11' };

test('the zone follows vmm from its snapshot on', async () => {
  const vmm = await fakeVmm(web, { name: 'new', uid: '3' });
  const { until } = follow();
  await until('web.vm. 10.77.0.10');
  vmm.send(upserted({ name: 'new', uid: '3', address: '10.77.0.12' }));
  await until('new.vm. 10.77.0.12', 'web.vm. 10.77.0.10');
  vmm.send(upserted({ ...web, ipv6Address: 'fd00:77::a' }));
  await until('new.vm. 10.77.0.12', 'web.vm. 10.77.0.10', 'web.vm. fd00:77::a');
  vmm.send(upserted({ ...web, aliases: ['www'] }));
  await until('new.vm. 10.77.0.12', 'web.vm. 10.77.0.10', 'www.vm. 10.77.0.10');
  vmm.send(upserted({ ...web, state: VmState.DELETING }));
  await until('new.vm. 10.77.0.12');
  vmm.send(WatchVmsResponse.fromPartial({ event: { $case: 'deleted', value: { name: 'new', uid: '3' } } }));
  await until();
});

test('an event of a kind that we do not know yet is passed over', async () => {
  const vmm = await fakeVmm(web);
  const { until } = follow();
  await until('web.vm. 10.77.0.10');
  vmm.send(WatchVmsResponse.fromPartial({}));
  vmm.send(upserted(db));
  await until('db.vm. 10.77.0.11', 'web.vm. 10.77.0.10');
});

test('a vmm that comes late, stops, and comes back changed: the last zone is served, then the new one', async () => {
  const { keeper, names, until } = follow();
  expect(keeper.zone().find(['web', 'vm'])).toEqual({ kind: 'not-loaded' });
  const first = await fakeVmm(web);
  await until('web.vm. 10.77.0.10');

  await first.server.stop();
  servers.length = 0;
  await pollUntil(() => !keeper.synced(), { what: 'the loss is seen', timeoutMs: 20_000 });
  expect(names()).toEqual(['web.vm. 10.77.0.10']);

  await fakeVmm(db);
  await until('db.vm. 10.77.0.11');
});

test('netd tells the network', async () => {
  const getNetwork = () => GetNetworkResponse.fromPartial({ ipv4Pool: '10.77.0.0/16', gateway: '10.77.0.1' });
  await start(bind(NetworkServiceService, { getNetwork } as never));
  const networks = netdNetworks(socket);
  cleanups.push(() => networks.close());
  await expect(networks.guestNetwork(new AbortController().signal)).resolves.toEqual({
    pool: { base: 0x0a4d0000, length: 16 },
    gateway: '10.77.0.1',
  });
});

test('netd tells the domains of egress rules, and hears of addresses', async () => {
  const heard: AllowResolvedRequest[] = [];
  async function* watchDomains() {
    yield { guests: [{ guestAddresses: ['10.77.0.10'], domains: ['example.org'] }] };
  }
  const allowResolved = (request: AllowResolvedRequest) => {
    heard.push(request);
    return {};
  };
  await start(bind(NetworkServiceService, { watchDomains, allowResolved } as never));
  const rules = netdRules(socket);
  cleanups.push(() => rules.close());
  const told = [];
  for await (const guests of rules.domains(new AbortController().signal)) told.push(guests);
  expect(told).toEqual([[{ addresses: ['10.77.0.10'], domains: ['example.org'] }]]);
  await rules.allow({ asker: '10.77.0.10', name: 'example.org', addresses: ['192.0.2.1'], ttlSeconds: 5 });
  const expected = { guestAddress: '10.77.0.10', name: 'example.org', addresses: ['192.0.2.1'], ttlSeconds: 5 };
  expect(heard).toEqual([expected]);
});

test('netd tells the network of IPv6', async () => {
  const told = { ipv4Pool: '10.77.0.0/16', gateway: '10.77.0.1', ipv6Pool: 'fd00:77::/64' };
  await start(bind(NetworkServiceService, { getNetwork: () => GetNetworkResponse.fromPartial(told) } as never));
  const networks = netdNetworks(socket);
  cleanups.push(() => networks.close());
  await expect(networks.guestNetwork(new AbortController().signal)).resolves.toMatchObject({
    ipv6Pool: { digits: 'fd000077'.padEnd(32, '0'), length: 64 },
  });
});

test.each([{}, { ipv4Pool: '10.77.0.0/16', gateway: '10.77.0.1', ipv6Pool: 'fd00:77::1/64' }])(
  'a network that is none is an error of ours: %j',
  async (told) => {
    await start(bind(NetworkServiceService, { getNetwork: () => GetNetworkResponse.fromPartial(told) } as never));
    const networks = netdNetworks(socket);
    cleanups.push(() => networks.close());
    const asked = networks.guestNetwork(new AbortController().signal);
    await expect(asked).rejects.toMatchObject({ kind: 'internal', message: expect.stringContaining('netd') });
  },
);
