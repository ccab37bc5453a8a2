import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureFolder, writeFile } from '../../lib/host/files.js';
import { spawnChild } from '../../lib/host/spawn.js';

/** Other name servers with the names of VMs, on ports of their own, one worker each: they share a core. */

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

interface Server {
  readonly name: string;
  readonly port: number;
  /** Writes what it reads into a folder of its own, and gives the program that serves it, in the foreground. */
  prepare(folder: string, port: number, names: readonly NamedAddress[]): Promise<string[]>;
}

const servers: readonly Server[] = [
  { name: 'dnsmasq', port: 42_174, prepare: prepareDnsmasq },
  { name: 'knot', port: 42_175, prepare: prepareKnot },
  { name: 'nsd', port: 42_176, prepare: prepareNsd },
];

export async function otherServers(folder: string, names: readonly NamedAddress[], prefix: readonly string[]) {
  const children: ChildProcess[] = [];
  for (const { name, port, prepare } of servers) {
    const own = join(folder, name);
    await ensureFolder(own);
    const argv = await prepare(own, port, names);
    children.push(spawnChild([...prefix, ...argv], { stdio: ['ignore', 'ignore', 'ignore'] }));
  }
  return {
    targets: servers.map(({ name, port }) => ({ name, port })),
    async stop() {
      for (const child of children) {
        const gone = once(child, 'exit');
        if (child.exitCode === null && child.kill('SIGTERM')) await gone;
      }
    },
  };
}

async function prepareDnsmasq(folder: string, port: number, names: readonly NamedAddress[]): Promise<string[]> {
  const hosts = join(folder, 'hosts');
  await writeFile(hosts, names.map(({ name, address }) => `${address} ${name}.vm\n`).join(''));
  const where = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--local=/vm/'];
  const files = ['--conf-file=/dev/null', '--no-hosts', `--addn-hosts=${hosts}`, '--pid-file='];
  return ['dnsmasq', '--keep-in-foreground', '--no-resolv', '--user=root', ...where, ...files];
}

async function writeZone(folder: string, names: readonly NamedAddress[]): Promise<string> {
  const zone = join(folder, 'vm.zone');
  const apex = '$ORIGIN vm.\n@ 5 IN SOA @ nobody.invalid. 1 3600 1200 604800 1\n@ 5 IN NS @\n';
  await writeFile(zone, apex + names.map(({ name, address }) => `${name} 5 IN A ${address}\n`).join(''));
  return zone;
}

async function prepareKnot(folder: string, port: number, names: readonly NamedAddress[]): Promise<string[]> {
  const config = `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${folder}"
zone:
  - domain: vm
    file: "${await writeZone(folder, names)}"
    zonefile-load: whole
    journal-content: none
`;
  await writeFile(join(folder, 'knot.conf'), config);
  return ['knotd', '-c', join(folder, 'knot.conf')];
}

/** Its limit of answers per second and address is off: nearly all of the load would meet it. */
async function prepareNsd(folder: string, port: number, names: readonly NamedAddress[]): Promise<string[]> {
  const config = `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: vm
  zonefile: "${await writeZone(folder, names)}"
`;
  await writeFile(join(folder, 'nsd.conf'), config);
  return ['nsd', '-d', '-c', join(folder, 'nsd.conf')];
}
