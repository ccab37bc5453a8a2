import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { reconcileBy } from '../../../lib/discrepancy.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn } from '../../../test/fakes/network.js';
import { parseIptablesSave } from '../domain/others/iptables-save.js';
import { migrations } from '../store/migrations.js';
import { lookForDiscrepancies } from './discrepancies.js';
import { ensureAttachment } from './ensure-attachment.js';
import { keepNetwork } from './keep.js';
import { mend } from './mend.js';
import type { Network } from './network.js';
import { reconcile } from './reconcile.js';
import { releaseAttachment } from './release-attachment.js';

/** What somebody else does to the host while netd runs. */

let kernel: FakeKernel;
let database: Database;
let network: Network;

beforeEach(async () => {
  kernel = new FakeKernel();
  database = openDatabase(':memory:', migrations);
  network = networkOn(kernel, database);
  await reconcile(network);
  await attach('web');
  await attach('db');
  // The first look learns the table.
  expect(await mend(network)).toBe(false);
});
afterEach(() => database.close());

const attach = (vmName: string) =>
  ensureAttachment(network, { vmUid: `uid-${vmName}`, vmName, ownerUid: 1000, nat: true, policy: emptyPolicy });
const told = () => network.memory.repairs.map(({ what }) => what);
const dropAll = () => parseIptablesSave('iptables-nft', ['*filter', ':FORWARD DROP', 'COMMIT'].join('\n'));

test('a doctor is told of strays and of drift, and mends them in the queue of changes', async () => {
  const doctor = reconcileBy(lookForDiscrepancies(network));
  expect(await doctor(false)).toEqual([]);
  kernel.addLink('bgr77', { alias: `banger:${network.settings.mark}:1000:old` });
  kernel.forget('bgr11', 'route 10.77.0.11/32');
  const told = await doctor(false);
  expect(told.map(({ kind, state }) => [kind, state])).toEqual([
    ['NETWORK', 'found'],
    ['TAP', 'found'],
  ]);
  expect(await doctor(false)).toEqual(told);
  const mended = await doctor(true);
  expect(mended.map(({ subject, state }) => [subject, state])).toEqual([
    ['of vm db: route replace 10.77.0.11/32 dev bgr11 src 10.77.0.1', 'repaired'],
    ['bgr77', 'repaired'],
  ]);
  expect(await doctor(false)).toEqual([]);
});

const changes: Record<string, { make(): void; what: string }> = {
  'our table gone': { make: () => kernel.removeTable('banger'), what: 'the nftables table inet banger' },
  'our table changed': {
    make: () => kernel.addElement('banger', 'taps', 'eth0'),
    what: 'the nftables table inet banger',
  },
  'a tap gone': { make: () => kernel.removeLink('bgr10'), what: 'the tap bgr10 of vm web' },
  'a route gone': {
    make: () => kernel.forget('bgr11', 'route 10.77.0.11/32'),
    what: 'of vm db: route replace 10.77.0.11/32 dev bgr11 src 10.77.0.1',
  },
  'a neighbour entry gone': {
    make: () => kernel.forget('bgr10', 'neighbour 10.77.0.10'),
    what: 'of vm web: neighbour replace 10.77.0.10 lladdr 02:ba:0a:4d:00:0a dev bgr10 nud permanent',
  },
  'a tap’s address gone': {
    make: () => kernel.forget('bgr10', 'address 10.77.0.1/32'),
    what: 'of vm web: address replace 10.77.0.1/32 dev bgr10',
  },
  'forwarding off': { make: () => kernel.setSysctl('net/ipv4/ip_forward', '0'), what: 'IPv4 forwarding' },
};

test.each(Object.keys(changes))('%s is put right, told, and nothing else is touched', async (name) => {
  const right = `${kernel}`;
  kernel.calls.ip = 0;
  changes[name]?.make();
  expect(`${kernel}`).not.toBe(right);
  expect(await mend(network)).toBe(true);
  expect(sorted(`${kernel}`)).toEqual(sorted(right));
  expect(told()).toEqual([changes[name]?.what]);
  expect(network.memory.repairCount).toBe(1);
  // Our own repair is no change of somebody else.
  expect(await mend(network)).toBe(false);
  expect(kernel.calls.ip).toBeLessThanOrEqual(1);
});

function sorted(text: string): string[] {
  return text.split('\n').sort();
}

test('the gateway address on lo is everybody’s, and put back', async () => {
  const right = `${kernel}`;
  kernel.forget('lo', 'address 10.77.0.1/32');
  expect(await mend(network)).toBe(true);
  expect(sorted(`${kernel}`)).toEqual(sorted(right));
});

test('our own changes are no drift', async () => {
  await attach('third');
  expect(await mend(network)).toBe(false);
  await releaseAttachment(network, 'uid-third');
  expect(await mend(network)).toBe(false);
  for (const name of ['web', 'db']) await releaseAttachment(network, `uid-${name}`);
  expect(await mend(network)).toBe(false);
  expect(told()).toEqual([]);
});

describe('a tap that went under a running VM', () => {
  test('is made again, and the VM must be restarted: until its next hypervisor has it open', async () => {
    kernel.openTap('bgr10');
    await mend(network);
    kernel.removeLink('bgr10');
    expect(await mend(network)).toBe(true);
    expect([...network.memory.cutOff]).toEqual([['bgr10', 'web']]);
    kernel.openTap('bgr10');
    await mend(network);
    expect([...network.memory.cutOff]).toEqual([]);
  });
});

describe('what cannot be put right', () => {
  test('a link of another in a tap’s place: it is left alone and told, and the others are mended', async () => {
    kernel.removeLink('bgr10');
    kernel.addLink('bgr10', { alias: 'mine' });
    kernel.forget('bgr11', 'route 10.77.0.11/32');
    expect(await mend(network)).toBe(true);
    expect(told()).toEqual(['of vm db: route replace 10.77.0.11/32 dev bgr11 src 10.77.0.1']);
    expect(network.memory.unmended[0]).toContain('of vm web: link set dev bgr10');
    expect(`${kernel}`).toContain('alias: mine');
    kernel.removeLink('bgr10');
    await mend(network);
    expect(await mend(network)).toBe(false);
    expect(network.memory.unmended).toEqual([]);
  });
});

describe('other firewalls', () => {
  test('are opened when they come, again when they reload, and closed with the last VM', async () => {
    kernel.others.set(dropAll());
    const untouched = `${kernel.others}`;
    expect(await mend(network)).toBe(true);
    const open = `${kernel.others}`;
    expect(open).toContain('-i bgr+');
    kernel.others.set(dropAll());
    expect(await mend(network)).toBe(true);
    expect(`${kernel.others}`).toBe(open);
    for (const name of ['web', 'db']) await releaseAttachment(network, `uid-${name}`);
    expect(`${kernel.others}`).toBe(untouched);
  });

  test('that cannot be changed at first are tried again; attaching does not fail for them', async () => {
    for (const name of ['web', 'db']) await releaseAttachment(network, `uid-${name}`);
    kernel.others.set(dropAll());
    kernel.others.failOnce();
    await attach('web');
    expect(`${kernel.others}`).toContain('-i bgr+');
  });

  test('are closed at a start when nobody is attached', async () => {
    kernel.others.set(dropAll());
    const untouched = `${kernel.others}`;
    await mend(network);
    database.run('DELETE FROM attachment');
    await reconcile(networkOn(kernel, database));
    expect(`${kernel.others}`).toBe(untouched);
  });
});

describe('while netd runs', () => {
  const run = (everyMs: number) => {
    const stopping = new AbortController();
    let ring: () => void = () => undefined;
    let stopped = false;
    const watched = {
      watch(onChange: () => void) {
        ring = onChange;
        const stop = () => {
          stopped = true;
        };
        return { stop };
      },
    };
    const keeping = keepNetwork(network, watched, { everyMs, signal: stopping.signal });
    const end = async () => {
      stopping.abort();
      await keeping;
      expect(stopped).toBe(true);
    };
    return { ring: () => ring(), end };
  };
  const mended = (count: number) =>
    pollUntil(() => network.memory.repairCount >= count, { what: 'it is put right', timeoutMs: 30_000, everyMs: 5 });

  test('a change that is told of is put right, and so is one that nobody tells', async () => {
    const told = run(1_000_000);
    kernel.removeTable('banger');
    told.ring();
    await mended(1);
    kernel.removeTable('banger');
    told.ring();
    await mended(2);
    await told.end();
    const untold = run(20);
    kernel.removeTable('banger');
    await mended(3);
    await untold.end();
  });

  test('a failure to put something right is no end', async () => {
    const { ring, end } = run(20);
    kernel.removeTable('banger');
    kernel.fail('nft');
    ring();
    await mended(1);
    await end();
  });
});
