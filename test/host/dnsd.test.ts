import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DnsServiceService, ListenerRole } from '../../gen/banger/dnsd/v1/dns_service.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { silentLog } from '../../lib/log.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { type RunningServer, type ServiceBinding, serve } from '../../lib/rpc/server.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { answerMessage, flags } from '../../services/dnsd/testing/messages.js';
import { type Behaviour, type TestNameServer, testNameServer } from '../../services/dnsd/testing/name-server.js';
import { FakeNetd } from './fake-netd.js';
import { FakeVmm } from './fake-vmm.js';
import { serviceBundle } from './service-bundle.js';

/**
 * dnsd as a process, with a vmm and a netd that do as they are told, in a network namespace where the gateway address
 * comes and goes and `nft` sends what no honest program sends.
 */

const port = 42069;
const gateway = '10.77.0.1';
const guest = '10.77.0.10';
const bundle = serviceBundle('dnsd');

let folder: Awaited<ReturnType<typeof tempFolder>>;
let child: ChildProcess;
let client: RpcClient<typeof DnsServiceService>;
let squatter: TestNameServer;
let upstream: TestNameServer;
let netd: RunningServer;
const network = new FakeNetd({ ipv4Pool: '10.77.0.0/16', gateway }, { [guest]: ['*.ruled.example'] });
let vmm: FakeVmm;

beforeAll(async () => {
  if ((await runCommand(['ip', 'route'])).stdout !== '') {
    throw new Error('this suite changes addresses and firewall rules: run it in a network namespace of its own');
  }
  folder = await tempFolder();
  await bundle.build();
  squatter = await testNameServer(() => [], '127.0.0.1', port);
  upstream = await testNameServer(internet);
  netd = await peer('netd', network.binding());
  vmm = await FakeVmm.start(folder.path);
  child = spawnChild([process.execPath, bundle.program], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      BANGER_STATE_DIR: join(folder.path, 'state'),
      BANGER_RUN_DIR: folder.path,
      BANGER_CONFIG: join(folder.path, 'none.toml'),
      BANGER_DNSD_UPSTREAMS: `["${gateway}:${port}", "127.0.0.1:${port}", "127.0.0.1:${upstream.port}"]`,
    },
  });
  client = createClient(DnsServiceService, 'dnsd', join(folder.path, 'dnsd.sock'), { waitForReady: true });
});

afterAll(async () => {
  client?.close();
  child?.kill('SIGKILL');
  await vmm?.stop();
  await netd?.stop(200);
  await upstream?.close();
  // The other suites of this namespace reach guests at these addresses.
  for (const ip of added) await address('del', ip);
  await bundle.remove();
  await folder?.remove();
});

/** Knows every name; what comes first in it says how. */
const internet: Behaviour = (query, transport) => {
  const [first] = query.toString('latin1', 13).split(/[^a-z]/);
  const truncated = answerMessage(query, { count: 0, flags: flags.response | flags.truncated });
  const lie = answerMessage(query, { address: '6.6.6.6' });
  lie.writeUInt16BE(lie.readUInt16BE(0) ^ 1, 0);
  switch (first) {
    case 'long':
      return [transport === 'udp' ? truncated : answerMessage(query, { count: 20 })];
    case 'lying':
      return [lie, answerMessage(query)];
    case 'silent':
      return [];
    default:
      return [answerMessage(query)];
  }
};

function peer(name: string, binding: ServiceBinding): Promise<RunningServer> {
  return serve({ service: name, socketPath: join(folder.path, `${name}.sock`), bindings: [binding], log: silentLog });
}

const status = () => client.getDnsStatus({});

async function listener(role: ListenerRole) {
  const found = (await status()).listeners.find((one) => one.role === role);
  if (found === undefined) throw new Error('no such listener');
  return found;
}

const listening = (role: ListenerRole, wanted: boolean) =>
  pollUntil(async () => (await listener(role)).listening === wanted, {
    what: `the listener ${role} listens: ${wanted}`,
    timeoutMs: 30_000,
  });

/** What dig prints with +short; "no answer" when it waits in vain. */
async function dig(server: string, ...args: string[]): Promise<string> {
  const argv = ['dig', '-r', `@${server}`, '-p', String(port), '+short', '+tries=1', '+time=20', ...args];
  const { stdout, exitCode } = await runCommand(argv, { okExitCodes: [0, 9] });
  return exitCode === 9 ? 'no answer' : stdout.trim();
}

const fromGuest = (...args: string[]) => dig(gateway, '-b', guest, ...args);
const added: string[] = [];
const address = (verb: 'add' | 'del', ip: string) => runCommand(['ip', 'address', verb, `${ip}/32`, 'dev', 'lo']);
const addAddress = async (ip: string) => {
  await address('add', ip);
  added.push(ip);
};

test('with its port in use the service is up, says so, and takes the port as soon as it is free', async () => {
  const { listening: early, error } = await listener(ListenerRole.HOST);
  expect(early).toBe(false);
  expect(error).toContain(`cannot answer DNS at 127.0.0.1 port ${port}: another program has the port`);
  await squatter.close();
  await listening(ListenerRole.HOST, true);
  await pollUntil(async () => (await status()).synced, { what: 'it follows vmm', timeoutMs: 30_000 });
  expect(await dig('127.0.0.1', 'vm', 'NS')).toBe('vm.');
});

test('without VMs there is no guest listener, and that is no failure', async () => {
  const { listening: early, error } = await listener(ListenerRole.GUEST);
  expect([early, error]).toEqual([false, expect.stringContaining('no VM has an address')]);
});

test('the guest listener comes with the gateway address, even when that is late', async () => {
  vmm.set('web', { address: guest });
  const missing = async () => (await listener(ListenerRole.GUEST)).error.includes('not on this host');
  await pollUntil(missing, { what: 'the address is missed', timeoutMs: 30_000 });
  await addAddress(gateway);
  await addAddress(guest);
  await listening(ListenerRole.GUEST, true);
  expect(await fromGuest('api.web.vm')).toBe(guest);
  expect(await fromGuest('-x', guest)).toBe('web.vm.');
  expect(await dig('127.0.0.1', 'web.vm')).toBe(guest);
});

test('a guest’s other questions go to the name servers, but never to our own listeners', async () => {
  const before = (await status()).droppedCount;
  expect(await fromGuest('example.com')).toBe('192.0.2.1');
  expect(await fromGuest('example.com', '+tcp')).toBe('192.0.2.1');
  expect(await fromGuest('lying.example')).toBe('192.0.2.1');
  expect((await fromGuest('long.example')).split('\n')).toHaveLength(20);
  expect((await fromGuest('long.example', '+noedns', '+ignore')).split('\n')).toHaveLength(20);
  expect(await fromGuest('silent.example')).toBe('');
  expect(await dig('127.0.0.1', 'example.com')).toBe('');
  // The guest listener, asked by ourselves, would have dropped it.
  expect((await status()).droppedCount).toBe(before);
});

test('what a guest asks is told under the name of its VM', async () => {
  const { guests, upstreams, rememberedCount } = await status();
  expect(guests).toMatchObject([{ vmName: 'web', address: guest }]);
  expect(guests[0]?.askedCount).toBeGreaterThanOrEqual(8);
  // The two of example.com are one question, asked over UDP first.
  expect(guests[0]).toMatchObject({ rememberedCount: 1, forwardedCount: 4, failedCount: 1, limitedCount: 0 });
  expect(upstreams).toEqual([`${gateway}:${port}`, `127.0.0.1:${port}`, `127.0.0.1:${upstream.port}`]);
  expect(rememberedCount).toBeGreaterThanOrEqual(3);
});

test('netd lets the addresses of a guest’s own domains in before the guest hears of them', async () => {
  network.allowed.length = 0;
  expect(await fromGuest('other.example', 'A')).not.toBe('');
  expect(network.allowed).toEqual([]);
  const addresses = (await fromGuest('www.RULED.example', 'A')).split('\n');
  expect(network.allowed).toMatchObject([{ guestAddress: guest, name: 'www.ruled.example', addresses }]);
  network.refuses = true;
  // Without them it is told to ask again, and does not get what it could not use.
  expect(await fromGuest('api.ruled.example', 'A')).toBe('');
  network.refuses = false;
  expect(await fromGuest('api.ruled.example', 'A')).not.toBe('');
});

test('who is no guest gets no answer from the guest listener', async () => {
  const before = (await status()).droppedCount;
  expect(await dig(gateway, '-b', '127.0.0.1', 'web.vm', '+time=1')).toBe('no answer');
  expect(await dig(gateway, '-b', gateway, 'example.com', '+time=1')).toBe('no answer');
  expect((await status()).droppedCount).toBe(before + 2);
});

test('a query from source port 0 is dropped, counted, and hurts nobody', async () => {
  const before = (await status()).droppedCount;
  const rule = `udp sport 5555 udp dport ${port} udp sport set 0`;
  const chain = 'chain out { type filter hook output priority 0;';
  await runCommand(['nft', '-f', '-'], { stdin: `table inet crafted { ${chain} ${rule};\n}\n}\n` });
  try {
    expect(await dig('127.0.0.1', '-b', '127.0.0.1#5555', 'web.vm', '+time=1')).toBe('no answer');
  } finally {
    await runCommand(['nft', 'delete', 'table', 'inet', 'crafted']);
  }
  expect((await status()).droppedCount).toBe(before + 1);
  expect(await dig('127.0.0.1', 'web.vm')).toBe(guest);
});

test('while vmm is away the last zone is served; afterwards the new one', async () => {
  await vmm.stop();
  await pollUntil(async () => !(await status()).synced, { what: 'the loss is seen', timeoutMs: 30_000 });
  const { serial } = await status();
  expect(await dig('127.0.0.1', 'web.vm')).toBe(guest);
  vmm = await FakeVmm.start(folder.path, new Map([['db', { address: guest }]]));
  await pollUntil(async () => (await status()).synced, { what: 'vmm is followed again', timeoutMs: 30_000 });
  expect(await dig('127.0.0.1', 'web.vm')).toBe('');
  expect(await fromGuest('db.vm')).toBe(guest);
  expect((await status()).serial).toBeGreaterThan(serial);
  const { records } = await client.listRecords({});
  expect(records.map((record) => record.name)).toContain('db.vm.');
});

test('the guest listener goes with the last VM', async () => {
  vmm.delete('db');
  await listening(ListenerRole.GUEST, false);
  expect((await listener(ListenerRole.GUEST)).error).toContain('no VM has an address');
});

test('the service stops when it is told to, and lets go of its port', async () => {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  const heir = await testNameServer(() => [], '127.0.0.1', port);
  await heir.close();
});
