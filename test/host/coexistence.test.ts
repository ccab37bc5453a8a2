import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { ipBatch } from '../e2e/support/host.js';
import { hostAddress } from '../e2e/support/internet.js';
import { allRules, firewalls } from './firewall-lab.js';
import { dnsPort, labNetwork, programsIn } from './netd-lab.js';
import { netdSuite } from './netd-suite.js';

/** Guests beside every firewall that people have: their packets pass, nobody else's do, and nothing is left. */

const { gateway, tapPrefix } = labNetwork;
const suite = netdSuite();
const stranger = programsIn('bg-stranger');

beforeAll(async () => {
  await runCommand(['ip', 'netns', 'add', 'bg-stranger']);
  await ipBatch([
    'link add str0 type veth peer name str1 netns bg-stranger',
    'addr add 192.0.2.1/24 dev str0',
    'link set str0 up',
  ]);
  await ipBatch(
    ['addr add 192.0.2.2/24 dev str1', 'link set str1 up', 'route add default via 192.0.2.1'],
    'bg-stranger',
  );
  const card = JSON.parse(await stranger.run('ip', '-j', 'link', 'show', 'dev', 'str1'))[0].address;
  await ipBatch([`neighbour replace 192.0.2.2 lladdr ${card} dev str0 nud permanent`]);
  // Its answers find their way, so that only a firewall can stand in between.
  await runCommand([
    'ip',
    'netns',
    'exec',
    await internetNamespace(),
    'ip',
    'route',
    'add',
    '192.0.2.0/24',
    'via',
    hostAddress,
  ]);
});
afterAll(async () => {
  await runCommand(['ip', 'link', 'delete', 'str0']);
  await runCommand(['ip', 'netns', 'delete', 'bg-stranger']);
});

async function internetNamespace(): Promise<string> {
  const { stdout } = await runCommand(['ip', 'netns']);
  return /bg-inet-\w+/.exec(stdout)?.[0] ?? '';
}

describe.each(Object.keys(firewalls))('beside %s', (name) => {
  test('guests’ packets pass and others’ do not; a reload changes nothing; nothing is left', async () => {
    const firewall = firewalls[name];
    if (firewall === undefined) throw new Error(name);
    const before = await allRules();
    suite.onEnd(async () => expect(await allRules()).toBe(before));
    suite.onEnd(await firewall.up());
    const own = await allRules();
    await dnsOfHost();

    const guest = await suite.attachGuest('web', true);
    await works(guest);
    expect(accepts(await allRules()) > 0).toBe(firewall.drops);
    expect(await passes(stranger)).toBe(!firewall.drops);

    const flow = await guest.flow(suite.internet.url);
    await firewall.reload();
    const right = () =>
      works(guest).then(
        () => true,
        () => false,
      );
    await pollUntil(right, { what: `guests’ packets pass after a reload of ${name}`, timeoutMs: 20_000 });
    await flow.advances();
    flow.stop();
    expect(await passes(stranger)).toBe(!firewall.drops);

    await suite.lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await allRules()).toBe(own);
  });
});

/** How many rules of others' speak of our taps; our own table names them by sets. */
function accepts(rules: string): number {
  return rules.match(new RegExp(`[io]ifname "${tapPrefix}\\*"|-[io] ${tapPrefix}\\+`, 'g'))?.length ?? 0;
}

async function works(guest: Awaited<ReturnType<typeof suite.attachGuest>>): Promise<void> {
  expect(await guest.fetch(suite.internet.url, 3)).toBe(`you are ${hostAddress}`);
  expect(await guest.ask({ to: gateway, port: 53, text: 'web.vm?' })).toBe('you said web.vm?');
  expect(await guest.pings(gateway)).toBe(true);
}

/** Whether somebody who is no guest of ours is let through. */
function passes({ fetch }: typeof stranger): Promise<boolean> {
  return fetch(suite.internet.url, 2).then(
    () => true,
    () => false,
  );
}

/** Answers what guests ask the gateway, in dnsd's place. */
async function dnsOfHost(): Promise<void> {
  const udp = createSocket('udp4');
  udp.on('message', (message, from) => udp.send(`you said ${message}`, from.port, from.address));
  udp.bind(dnsPort);
  await once(udp, 'listening');
  suite.onEnd(() => udp.close());
}
