import { join } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { writeFile } from '../../lib/host/files.js';
import { findProgram } from '../../lib/host/preflight.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { queryMessage } from '../../services/dnsd/testing/messages.js';
import { NamesLab, UdpAsker } from '../host/names-lab.js';
import { type Row, row } from './measure.js';
import { type NamedAddress, otherServers } from './name-servers.js';

/** All servers on one core, in turn; what asks them on another. */
const onServerCore = ['taskset', '-c', '0'];
const onAskerCore = ['taskset', '-c', '1'];
const dnsdPort = 42_173;
const rounds = 3;
const seconds = 2;
/** What a host asks for: a few names over and over. And what no cache of replies holds. */
const sets = { 'few names': 100, '100,000 names': 100_000 } as const;
/** How often one asks whose waiting is measured, per second: a load that all of them carry without a queue. */
const calmRate = 5_000;

interface Target {
  readonly name: string;
  readonly port: number;
}

interface Measured {
  readonly rates: number[];
  readonly waits: number[];
}

/** Queries per second and the wait of the slowest in a hundred: dnsd against dnsmasq, Knot and NSD in the same run. */
export async function benchNames(): Promise<Row[]> {
  const programs = { dnsperf: 'dnsperf', taskset: 'util-linux', dnsmasq: 'dnsmasq-base', knotd: 'knot', nsd: 'nsd' };
  const found = await Promise.all(Object.keys(programs).map(findProgram));
  const missing = Object.entries(programs).filter((_, i) => found[i] === undefined);
  if (missing.length > 0) {
    const list = missing.map(([program, debian]) => `${program} (Debian package ${debian})`).join(', ');
    console.error(`  not measured: names, for these are not there: ${list}`);
    return [];
  }
  const folder = await tempFolder();
  const lab = new NamesLab(dnsdPort, { ipv4Pool: '10.64.0.0/10', gateway: '10.64.0.1' }, onServerCore);
  const names = Array.from({ length: sets['100,000 names'] }, (_, i) => named(i));
  const others = await otherServers(folder.path, names, onServerCore);
  try {
    await lab.start(new Map(names.map(({ name, address }) => [name, { address }])));
    const targets: Target[] = [{ name: 'dnsd', port: dnsdPort }, ...others.targets];
    for (const target of targets) await ready(target);
    const rows: Row[] = [];
    for (const [what, count] of Object.entries(sets)) {
      const file = join(folder.path, `queries-${count}`);
      await writeFile(
        file,
        shuffled(count)
          .map((i) => `${named(i).name}.vm A\n`)
          .join(''),
      );
      rows.push(...rowsOf(what, targets, await measureAll(targets, file)));
    }
    return rows;
  } finally {
    await lab.stop();
    await others.stop();
    await folder.remove();
  }
}

function named(i: number): NamedAddress {
  return { name: `vm-${i}`, address: `10.${64 + (i >>> 16)}.${(i >>> 8) & 255}.${i & 255}` };
}

/** 0 to `count`, each once, far from its neighbours. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7_919) % count);
}

async function ready({ name, port }: Target): Promise<void> {
  const asker = await UdpAsker.open(port);
  const last = `${named(sets['100,000 names'] - 1).name}.vm`;
  const isAnswered = () => {
    asker.send(queryMessage(last));
    return asker.received.some((reply) => reply.readUInt16BE(6) === 1);
  };
  await pollUntil(isAnswered, { what: `${name} answers`, timeoutMs: 120_000, everyMs: 100 });
  asker.close();
}

async function measureAll(targets: readonly Target[], file: string): Promise<Map<string, Measured>> {
  const all = new Map<string, Measured>(targets.map(({ name }) => [name, { rates: [], waits: [] }]));
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const { name, port } of targets) {
      const [rate, wait] = [await queriesPerSecond(port, file), await slowestInHundred(port, file)];
      if (round === 0) continue;
      all.get(name)?.rates.push(rate);
      all.get(name)?.waits.push(wait);
    }
  }
  return all;
}

function rowsOf(what: string, targets: readonly Target[], measured: ReadonlyMap<string, Measured>): Row[] {
  const of = (name: string) => measured.get(name) ?? { rates: [], waits: [] };
  const ours = of('dnsd');
  return targets
    .slice(1)
    .flatMap(({ name }) => [
      row(`queries, ${what} / ${name}`, '1/s', ours.rates, of(name).rates),
      row(`wait of the slowest in 100, ${what} / ${name}`, 'us', ours.waits, of(name).waits),
    ]);
}

async function dnsperf(port: number, file: string, ...options: string[]): Promise<string> {
  const argv = [...onAskerCore, 'dnsperf', '-s', '127.0.0.1', '-p', `${port}`, '-d', file, '-l', `${seconds}`];
  return (await runCommand([...argv, ...options])).stdout;
}

async function queriesPerSecond(port: number, file: string): Promise<number> {
  return Number(/Queries per second:\s+([\d.]+)/.exec(await dnsperf(port, file, '-c', '4'))?.[1]);
}

/** In microseconds. A query without an answer waits for ever. */
async function slowestInHundred(port: number, file: string): Promise<number> {
  const output = await dnsperf(port, file, '-v', '-Q', `${calmRate}`);
  const waits = output
    .split('\n')
    .filter((line) => line.startsWith('> '))
    .map((line) => (line.startsWith('> NOERROR') ? Number(line.split(' ').at(-1)) * 1e6 : Number.POSITIVE_INFINITY))
    .sort((a, b) => a - b);
  return waits[Math.floor(waits.length * 0.99)] ?? Number.NaN;
}
