import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EnsureAttachmentRequest } from '../../gen/banger/netd/v1/network_service.js';
import { runCommand } from '../../lib/host/command.js';
import { createLab, type Lab, labNetwork, netdBundle } from './netd-lab.js';

/**
 * Many VMs: taps, routes and rules for real, without guests, in a namespace that goes with all of them. How long it takes
 * is measured by `npm run bench`; BANGER_TEST_ATTACHMENTS asks for more of them.
 */

const count = Number(process.env.BANGER_TEST_ATTACHMENTS ?? 120);
const namespace = `bg-scale-${randomBytes(3).toString('hex')}`;
const inside = ['ip', 'netns', 'exec', namespace];
let lab: Lab;

beforeAll(async () => {
  await netdBundle.build();
  await runCommand(['ip', 'netns', 'add', namespace]);
  await runCommand(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  lab = await createLab({ BANGER_NETD_IPV4_POOL: '10.99.0.0/16' });
  await lab.start({ prefix: inside });
});

afterAll(async () => {
  await lab?.dispose();
  await runCommand(['ip', 'netns', 'delete', namespace]);
  await netdBundle.remove();
});

const attach = (i: number) => {
  const request = { vmUid: `uid-${i}`, vmName: `vm${i}`, ownerUid: 0, nat: i % 2 === 0 };
  return lab.client.ensureAttachment(EnsureAttachmentRequest.fromPartial(request));
};

interface Listed {
  readonly rule?: { readonly chain: string };
  readonly set?: { readonly name: string; readonly elem?: readonly unknown[] };
}

async function table() {
  const argv = [...inside, 'nft', '-j', 'list', 'table', 'inet', labNetwork.table];
  const { nftables } = JSON.parse((await runCommand(argv)).stdout) as { nftables: readonly Listed[] };
  const sizes = nftables.flatMap(({ set }) => (set ? [[set.name, set.elem?.length ?? 0] as const] : []));
  return { rules: nftables.filter(({ rule }) => rule).length, sizes: Object.fromEntries(sizes) };
}

async function taps(): Promise<string[]> {
  const links = JSON.parse((await runCommand([...inside, 'ip', '-j', 'link'])).stdout) as { ifname: string }[];
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith(labNetwork.tapPrefix));
}

test('a packet meets as many rules with many VMs as with one', async () => {
  await attach(0);
  const { rules } = await table();
  for (let i = 1; i < count; i++) await attach(i);
  const full = await table();
  expect(full).toMatchObject({ rules, sizes: { taps: count, guests: count, nat: Math.ceil(count / 2) } });
  expect(await taps()).toHaveLength(count);
});

test('a restart finds all of them, and what was lost is put back', async () => {
  const before = await table();
  await lab.kill();
  await runCommand([...inside, 'nft', 'flush', 'ruleset']);
  const [, second = ''] = await taps();
  await runCommand(['ip', '-n', namespace, 'link', 'delete', 'dev', second]);
  await lab.start({ prefix: inside });
  expect(await table()).toEqual(before);
  expect(await taps()).toContain(second);
});
