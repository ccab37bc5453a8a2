import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import { parsePrefix } from '../domain/ipv4.js';
import { followNetwork } from './follow-network.js';
import type { GuestNetwork, ListenerState, NameListener, Networks } from './ports.js';
import { ZoneKeeper } from './zone-keeper.js';

/** A listener that gets whatever address it wants. */
class FakeListener implements NameListener {
  address = '';
  why = '';
  opened = 0;

  async open(address: string): Promise<void> {
    this.opened++;
    this.address = address;
    this.why = '';
  }

  async close(why: string): Promise<void> {
    this.address = '';
    this.why = why;
  }

  state(): ListenerState {
    return { role: 'guest', address: this.address, port: 53, listening: this.address !== '', error: this.why };
  }
}

/** Counts who waits for a change. */
class CountingKeeper extends ZoneKeeper {
  waiting = 0;

  override async nextChange(signal: AbortSignal): Promise<void> {
    this.waiting++;
    await super.nextChange(signal);
    this.waiting--;
  }
}

let stop: AbortController;
let following: Promise<void> | undefined;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await following;
});

test('the listener follows the gateway address, and lives as long as there are VMs', async () => {
  const listener = new FakeListener();
  const keeper = new ZoneKeeper();
  let network: GuestNetwork | undefined;
  const networks: Networks = {
    async guestNetwork() {
      if (network === undefined) throw new Error('netd is away');
      return network;
    },
  };
  const until = (what: string, probe: () => boolean) => pollUntil(probe, { what, timeoutMs: 20_000, everyMs: 5 });
  following = followNetwork(networks, keeper, listener, silentLog, stop.signal);

  await until('it waits for netd', () => listener.why.includes('netd'));
  network = { pool: parsePrefix('10.77.0.0/16') ?? { base: 0, length: 0 }, gateway: '10.77.0.1' };
  await until('it waits for a VM', () => listener.why.includes('no VM'));

  keeper.beginWatch();
  keeper.apply({ kind: 'synced' });
  const web = { uid: '1', name: 'web', address: '10.77.0.10', aliases: [], ipv6Address: '', deleting: false };
  keeper.apply({ kind: 'upserted', vm: web });
  await until('it is open', () => listener.address === '10.77.0.1');

  const before = listener.opened;
  keeper.apply({ kind: 'upserted', vm: { ...web, uid: '2', name: 'db', address: '10.77.0.11' } });
  await until('it is tried again at every change', () => listener.opened > before);

  network = { pool: parsePrefix('10.88.0.0/16') ?? { base: 0, length: 0 }, gateway: '10.88.0.1' };
  keeper.apply({ kind: 'deleted', uid: '2' });
  await until('it moves with the gateway', () => listener.address === '10.88.0.1');

  keeper.apply({ kind: 'deleted', uid: '1' });
  await until('it is closed with the last VM', () => listener.why.includes('no VM'));
  expect(listener.address).toBe('');
});

test('while netd is away, its tries leave nothing behind', async () => {
  const keeper = new CountingKeeper();
  let tries = 0;
  const networks: Networks = {
    async guestNetwork() {
      tries++;
      throw new Error('netd is away');
    },
  };
  following = followNetwork(networks, keeper, new FakeListener(), silentLog, stop.signal);
  await pollUntil(() => tries === 3, { what: 'netd has been asked three times', timeoutMs: 20_000 });
  expect(keeper.waiting).toBe(1);
});
