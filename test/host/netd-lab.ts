import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Attachment, NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { pollUntil } from '../../lib/clock.js';
import type { HostFinding } from '../../lib/finding.js';
import { runCommand } from '../../lib/host/command.js';
import { endProcess, identify, type ProcessIdentity } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { createHostCheckClient } from '../../lib/rpc/host-check-client.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { ipBatch } from '../e2e/support/host.js';
import { serviceBundle } from './service-bundle.js';

/** Generous: a busy machine is no reason to fail. */
const timeoutMs = 60_000;

/** netd's settings in these suites: apart from those of any banger, and of the other suites in this namespace. */
export const labNetwork = { pool: '10.99.0.0/24', gateway: '10.99.0.1', tapPrefix: 'ntd', table: 'netd_test' };
export const dnsPort = 42953;

export const netdBundle = serviceBundle('netd');

export interface Lab {
  readonly client: RpcClient<typeof NetworkServiceService>;
  readonly socketPath: string;
  /** Starts netd; `path` goes before PATH, `prefix` before the command, `env` beside the lab's settings. */
  start(options?: StartOptions): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Waits until netd has ended by itself. */
  ended(): Promise<void>;
  releaseAll(): Promise<void>;
  /** What netd says of the host, as for `banger doctor`. */
  findings(): Promise<readonly HostFinding[]>;
  /** Ends netd and removes its files. */
  dispose(): Promise<void>;
}

export interface StartOptions {
  readonly path?: string;
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A netd process with state of its own. */
export async function createLab(settings: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const folder = await tempFolder();
  const socketPath = join(folder.path, 'netd.sock');
  const client = createClient(NetworkServiceService, 'netd', socketPath, { waitForReady: true });
  const host = createHostCheckClient('netd', socketPath);
  let netd: ReturnType<typeof spawnChild> | undefined;
  const env = {
    BANGER_STATE_DIR: join(folder.path, 'state'),
    BANGER_RUN_DIR: folder.path,
    BANGER_CONFIG: join(folder.path, 'none.toml'),
    BANGER_NETD_IPV4_POOL: labNetwork.pool,
    BANGER_NETD_TAP_PREFIX: labNetwork.tapPrefix,
    BANGER_NETD_NFT_TABLE: labNetwork.table,
    BANGER_NETD_DNS_PORT: String(dnsPort),
    BANGER_NETD_CHECK_SECONDS: '1',
    BANGER_NETD_IPV6: 'false',
    ...settings,
  };
  const ended = async () => {
    if (netd && netd.exitCode === null && netd.signalCode === null) await once(netd, 'exit');
    netd = undefined;
  };
  const end = (signal: NodeJS.Signals) => async () => {
    netd?.kill(signal);
    await ended();
  };
  return {
    client,
    socketPath,
    async start({ path, prefix = [], env: more = {} } = {}) {
      const tools: Record<string, string> = path === undefined ? {} : { PATH: `${path}:${process.env.PATH}` };
      netd = spawnChild([...prefix, process.execPath, netdBundle.program], {
        stdio: ['ignore', 'ignore', process.env.NETD_TEST_LOG ? 'inherit' : 'ignore'],
        env: { ...env, ...tools, ...more },
      });
      await client.getNetwork({}, { deadlineMs: timeoutMs });
    },
    stop: end('SIGTERM'),
    kill: end('SIGKILL'),
    ended,
    async releaseAll() {
      const { attachments } = await client.listAttachments({});
      for (const { vmUid } of attachments) await client.releaseAttachment({ vmUid });
    },
    findings: () => host.check(['vm-start', 'nat']),
    async dispose() {
      await end('SIGTERM')();
      client.close();
      host.close();
      await folder.remove();
    },
  };
}

/** A guest without a VM: a namespace that has the other end of a tap, with a real QEMU as the cable in between. */
export interface Guest {
  /** The name of its network card. */
  readonly card: string;
  /** Runs a program in the guest. */
  run(...argv: string[]): Promise<string>;
  /** Whether a ping comes back. */
  pings(address: string): Promise<boolean>;
  /** What a web server answers; rejects when it is out of reach, at the latest after so many seconds (20). */
  fetch(url: string, seconds?: number): Promise<string>;
  /** Sends a datagram from a source of its choice and returns the answer. */
  ask(options: { to: string; port: number; text: string; from?: string }): Promise<string>;
  /** Whether a TCP connection is taken. */
  connects(address: string, port: number): Promise<boolean>;
  /** Answers at a port, by HTTP and by datagrams, with the address that was asked from. */
  serve(port: number, address?: string): Promise<ProcessIdentity>;
  /** One connection on which request follows request; see `Flow`. */
  flow(url: string): Promise<Flow>;
  unplug(): Promise<void>;
}

export interface Flow {
  count(): number;
  /** Waits until more answers have come on the same connection; fails when it has broken. */
  advances(): Promise<void>;
  stop(): void;
}

export async function plugGuest(attachment: Attachment): Promise<Guest> {
  const id = randomBytes(3).toString('hex');
  const [namespace, card] = [`bg-guest-${id}`, `bgg${id}`];
  await runCommand(['ip', 'tuntap', 'add', 'dev', card, 'mode', 'tap']);
  const cable = await plugCable(attachment.tap, card);
  await runCommand(['ip', 'netns', 'add', namespace]);
  await runCommand(['ip', 'link', 'set', card, 'netns', namespace]);
  await ipBatch(
    [
      'link set lo up',
      `link set ${card} address ${attachment.macAddress} up`,
      `addr add ${attachment.ipv4Address}/32 dev ${card}`,
      `route add ${attachment.gateway} dev ${card}`,
      `route add default via ${attachment.gateway}`,
      ...ipv6Lines(attachment, card),
    ],
    namespace,
  );
  return {
    ...programsIn(namespace),
    card,
    async unplug() {
      await endProcess(cable, timeoutMs);
      await runCommand(['ip', 'netns', 'delete', namespace]);
    },
  };
}

function ipv6Lines({ ipv6Address, ipv6Gateway }: Attachment, card: string): string[] {
  if (ipv6Address === '') return [];
  return [`addr add ${ipv6Address}/128 dev ${card} nodad`, `route add ::/0 via ${ipv6Gateway} dev ${card}`];
}

/** QEMU opens both taps as it opens a VM's, and passes frames between them. */
async function plugCable(tap: string, card: string): Promise<ProcessIdentity> {
  const end = (id: string, name: string) => [
    ...['-netdev', `tap,id=${id},ifname=${name},script=no,downscript=no`],
    ...['-netdev', `hubport,id=hub-${id},hubid=0,netdev=${id}`],
  ];
  const machine = ['qemu-system-x86_64', '-M', 'none', '-nodefaults', '-display', 'none'];
  const qemu = spawnChild([...machine, ...end('tap', tap), ...end('card', card)], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const identity = identify(qemu.pid ?? -1);
  if (identity === undefined) throw new Error('QEMU ended as it started');
  const carries = async () => {
    if (qemu.exitCode !== null) throw new Error(`QEMU cannot open ${tap} and ${card}: exit code ${qemu.exitCode}`);
    return (await runCommand(['ip', 'link', 'show', 'dev', tap])).stdout.includes('LOWER_UP');
  };
  await pollUntil(carries, { what: `QEMU has opened ${tap}`, timeoutMs });
  return identity;
}

/** A process that has a tap open. */
export interface TapHolder {
  readonly process: ProcessIdentity;
  letGo(): Promise<void>;
}

/**
 * Opens a tap as a user without capabilities, as a hypervisor that is locked up does. Rejects with what the kernel said.
 * The device is opened before: who may do that is not the tap's affair, and a jail has a device file of its own.
 */
export async function holdTap(tap: string, uid: number): Promise<TapHolder> {
  const device = openSync('/dev/net/tun', 'r+');
  const user = ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--no-new-privs'];
  const holder = spawnChild(['setpriv', ...user, 'perl', '-e', holdScript, tap], { stdio: [device, 'pipe', 'ignore'] });
  // Ours must not keep the tap open beside the holder's.
  closeSync(device);
  const output = holder.stdout as Readable;
  await once(output, 'readable');
  const said = `${output.read()}`;
  const process = identify(holder.pid ?? -1);
  if (said !== 'open' || process === undefined) throw new Error(`user ${uid} cannot open ${tap}: ${said}`);
  return { process, letGo: () => endProcess(process, timeoutMs) };
}

/** TUNSETIFF with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR, on standard input: linux/if_tun.h. */
const holdScript = `
  $| = 1;
  print ioctl(STDIN, 0x400454ca, pack('a16 S x22', $ARGV[0], 0x5002)) ? 'open' : $!;
  sleep if $! == 0;`;

/** What a namespace can be asked to do. */
export function programsIn(namespace: string): Omit<Guest, 'unplug' | 'card'> {
  const inside = ['ip', 'netns', 'exec', namespace];
  const run = async (...argv: string[]) => (await runCommand([...inside, ...argv])).stdout.trim();
  const succeeds = (...argv: string[]) =>
    run(...argv).then(
      () => true,
      () => false,
    );
  return {
    run,
    pings: (address) => succeeds('ping', '-n', '-c', '1', '-W', '2', address),
    fetch: (url, seconds = 20) => run('curl', '--silent', '--show-error', '--fail', '--max-time', `${seconds}`, url),
    ask: ({ to, port, text, from = '0.0.0.0' }) => run(process.execPath, '-e', askScript, to, `${port}`, text, from),
    connects: (address, port) => succeeds('curl', '--silent', '--max-time', '2', `telnet://${address}:${port}`),
    serve: (port, address = '0.0.0.0') =>
      startServer([...inside, process.execPath, '-e', serveScript, `${port}`, address]),
    flow: (url) => startFlow([...inside, process.execPath, '-e', flowScript, url]),
  };
}

/** Connections stay open, however long a test holds them up. */
const serveScript = `
  const port = Number(process.argv[1]);
  const datagrams = require('node:dgram').createSocket('udp4');
  datagrams.on('message', (text, { address, port }) => datagrams.send('you are ' + address, port, address));
  datagrams.bind(port, () =>
    require('node:http')
      .createServer({ keepAliveTimeout: 600_000 }, (request, response) => response.end('you are ' + request.socket.remoteAddress))
      .listen(port, process.argv[2], () => console.log('listening')));`;

async function startServer(argv: readonly string[]): Promise<ProcessIdentity> {
  const server = spawnChild(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const identity = identify(server.pid ?? -1);
  await once(server.stdout as Readable, 'readable');
  if (identity === undefined || server.exitCode !== null) throw new Error(`${argv.join(' ')} ended as it started`);
  return identity;
}

/** Asks again until it is answered, for a datagram may be lost. */
const askScript = `
  const [to, port, text, from] = process.argv.slice(1);
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (answer) => { console.log(String(answer)); process.exit(0); });
  socket.bind(0, from, () => {
    const send = () => socket.send(text, Number(port), to);
    send();
    setInterval(send, 200);
    setTimeout(() => process.exit(1), 3000);
  });`;

/** Prints a line for each answer; ends with an error as soon as the connection is another one. */
const flowScript = `
  const http = require('node:http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let first = true;
  const next = () => {
    const request = http.get(process.argv[1], { agent }, (response) => {
      if (!first && !request.reusedSocket) process.exit(1);
      first = false;
      response.resume().on('end', () => { console.log('answer'); setTimeout(next, 20); });
    });
    request.on('error', () => process.exit(1));
  };
  next();`;

async function startFlow(argv: readonly string[]): Promise<Flow> {
  const program = spawnChild(argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  let count = 0;
  program.stdout?.on('data', (chunk: Buffer) => {
    count += chunk.toString().split('\n').length - 1;
  });
  const flow: Flow = {
    count: () => count,
    async advances() {
      const goal = count + 5;
      const reached = () => {
        if (program.exitCode !== null) throw new Error(`the connection broke after ${count} answers`);
        return count >= goal;
      };
      await pollUntil(reached, { what: 'the connection carries answers', timeoutMs });
    },
    stop: () => void program.kill('SIGTERM'),
  };
  await flow.advances();
  return flow;
}
