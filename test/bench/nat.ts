import { once } from 'node:events';
import { NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { pathExists, writeFile } from '../../lib/host/files.js';
import { findProgram } from '../../lib/host/preflight.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { createClient } from '../../lib/rpc/client.js';
import { ipBatch } from '../e2e/support/host.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row } from './measure.js';

/** Two namespaces with the host between them, by TEST-NET-3 and TEST-NET-2: RFC 5737. */
const guest = { namespace: 'bench-guest', link: 'benchg0', address: '203.0.113.2', gateway: '203.0.113.1' };
const server = { namespace: 'bench-server', link: 'benchs0', address: '198.51.100.2', gateway: '198.51.100.1' };
const rounds = 5;
const seconds = 2;
const pings = 200;

/** What NAT takes of a guest's traffic, against the same path of two veths that the host forwards without any rule. */
export async function benchNat(world: World): Promise<Row[]> {
  if ((await findProgram('iperf3')) === undefined) {
    console.error('  not measured: NAT, for iperf3 is not there (Debian package iperf3)');
    return [];
  }
  const netd = createClient(NetworkServiceService, 'netd', `${world.runDir}/netd.sock`);
  const rule = { ipv4Address: guest.address, tap: guest.link };
  const withNat = async <T>(measure: () => Promise<T>) => {
    await netd.putNatRule(rule);
    const value = await measure();
    await netd.deleteNatRule(rule);
    return value;
  };
  const withoutNat = async <T>(measure: () => Promise<T>) => {
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
    const value = await measure();
    await writeFile('/proc/sys/net/ipv4/ip_forward', '0');
    return value;
  };
  for (const side of [guest, server]) await connect(side);
  const iperf = await startServer();
  try {
    const speed = await alternate(
      rounds,
      () => withNat(throughput),
      () => withoutNat(throughput),
    );
    const delay = await alternate(
      rounds,
      () => withNat(roundTrip),
      () => withoutNat(roundTrip),
    );
    return [
      row('throughput through NAT / forwarding', 'Gbit/s', speed.values, speed.baselines),
      row('round trip through NAT / forwarding', 'us', delay.values, delay.baselines),
    ];
  } finally {
    iperf.kill('SIGTERM');
    await once(iperf, 'exit');
    for (const { namespace } of [guest, server]) await runCommand(['ip', 'netns', 'delete', namespace]);
    netd.close();
  }
}

async function connect({ namespace, link, address, gateway }: typeof guest): Promise<void> {
  await runCommand(['ip', 'netns', 'add', namespace]);
  await ipBatch([
    `link add ${link} type veth peer name eth0 netns ${namespace}`,
    `addr add ${gateway}/24 dev ${link}`,
    `link set ${link} up`,
  ]);
  const lines = [
    'link set lo up',
    `addr add ${address}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${gateway}`,
  ];
  await ipBatch(lines, namespace);
}

const inside = (namespace: string, ...argv: string[]) => ['ip', 'netns', 'exec', namespace, ...argv];

async function startServer() {
  const pidFile = '/tmp/bench-iperf3.pid';
  const iperf = spawnChild(inside(server.namespace, 'iperf3', '--server', '--pidfile', pidFile), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await pollUntil(() => pathExists(pidFile), { what: 'iperf3 listens', timeoutMs: 10_000 });
  return iperf;
}

/** One TCP connection, from the guest. */
async function throughput(): Promise<number> {
  const argv = inside(guest.namespace, 'iperf3', '--client', server.address, '--time', `${seconds}`, '--json');
  const { end } = JSON.parse((await runCommand(argv)).stdout) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}

/** The mean of a series of pings, for each is told in whole microseconds. */
async function roundTrip(): Promise<number> {
  const argv = inside(guest.namespace, 'ping', '-q', '-n', '-c', `${pings}`, '-i', '0.005', server.address);
  const [, mean] = / = [\d.]+\/([\d.]+)\//.exec((await runCommand(argv)).stdout) ?? [];
  return Number(mean) * 1000;
}
