import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn } from '../../../test/fakes/network.js';
import { parseIptablesSave } from '../domain/others/iptables-save.js';
import { migrations } from '../store/migrations.js';
import { checkNetwork } from './check-network.js';
import { ensureAttachment } from './ensure-attachment.js';
import type { Network } from './network.js';

let kernel: FakeKernel;
let database: Database;
let network: Network;

beforeEach(() => {
  kernel = new FakeKernel();
  database = openDatabase(':memory:', migrations);
  network = networkOn(kernel, database);
});
afterEach(() => database.close());

const attach = () =>
  ensureAttachment(network, { vmUid: 'uid-web', vmName: 'web', ownerUid: 0, nat: false, policy: emptyPolicy });
const beside = (...rules: string[]) =>
  kernel.others.set(parseIptablesSave('iptables-nft', ['*filter', ...rules].join('\n')));

async function told(): Promise<string[]> {
  const findings = await checkNetwork(network, network.check)(['vm-start']);
  return findings.map(({ severity, subject, found, remedy }) => `${severity}: ${subject}: ${found}; ${remedy}`);
}

test('a host without firewalls', async () => {
  expect(await told()).toEqual(['ok: other firewalls: none drops the packets of guests; ']);
  expect(await checkNetwork(network, network.check)(['nat'])).toEqual([]);
});

test('a firewall by its name, before and after the first VM', async () => {
  beside(':FORWARD DROP', ':ufw-user-forward -', '-A FORWARD -j ufw-user-forward');
  const where = 'ip filter FORWARD (iptables-nft)';
  expect(await told()).toEqual([
    `ok: ufw: drops what it does not know; accepts for guests come with the first VM, in ${where}; `,
  ]);
  await attach();
  expect(await told()).toEqual([`ok: ufw: accepts for guests are in ${where}; `]);
});

test('accepts that could not be added, and guests that somebody keeps out', async () => {
  await attach();
  beside(':FORWARD DROP', '-A FORWARD -i bgr+ -j DROP');
  expect(await told()).toEqual([
    expect.stringContaining('warning: iptables-nft: drops the packets of guests, and netd could not add'),
    expect.stringContaining('drops the packets of bgr*, and is left alone; remove that rule'),
  ]);
});

test('what was put right, what could not be, and who must restart', async () => {
  const { memory } = network;
  memory.addRepairs(['the nftables table inet banger', 'IPv4 forwarding']);
  memory.unmended = ['the tap bgr10 of vm web'];
  memory.cutOff.set('bgr11', 'db');
  expect((await told()).slice(1)).toEqual([
    'warning: the network of vms: the tap of db was removed while it ran, and it has no network; banger vm restart db',
    expect.stringContaining('cannot be put right: the tap bgr10 of vm web'),
    expect.stringMatching(/^ok: the network of vms: put right 2 times .* last at .*: IPv4 forwarding; $/),
  ]);
});

test('rules that cannot be read', async () => {
  kernel.others.chains = () => Promise.reject(new Error('nft failed with exit code 1'));
  expect(await told()).toEqual([expect.stringContaining('its rules cannot be read: nft failed with exit code 1')]);
});
