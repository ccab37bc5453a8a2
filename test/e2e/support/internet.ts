import { randomBytes } from 'node:crypto';
import { runCommand } from '../../../lib/host/command.js';
import { endProcess, identify } from '../../../lib/host/process.js';
import { spawnChild } from '../../../lib/host/spawn.js';
import { ipBatch } from './host.js';

/** TEST-NET-2, RFC 5737: addresses that are never anybody's. */
export const hostAddress = '198.51.100.1';
export const internetAddress = '198.51.100.2';
/** Documentation, RFC 3849. */
export const hostAddress6 = '2001:db8:51::1';
export const internetAddress6 = '2001:db8:51::2';
const httpPort = 8080;

/** Answers every request with the address that it came from. Connections stay open, however long a test holds them up. */
const server = `
  const answer = (request, response) => response.end('you are ' + request.socket.remoteAddress);
  const listen = (address, then) =>
    require('node:http').createServer({ keepAliveTimeout: 600_000 }, answer).listen(${httpPort}, address, then);
  listen('${internetAddress}', () => listen('${internetAddress6}', () => console.log('listening')));`;

export interface Internet {
  readonly namespace: string;
  /** The host's interface to it. */
  readonly link: string;
  readonly url: string;
  readonly url6: string;
  dispose(): Promise<void>;
}

/** A namespace that plays the internet: behind the host's default route, with a web server. */
export async function createInternet(): Promise<Internet> {
  const id = randomBytes(3).toString('hex');
  const [namespace, ours, theirs] = [`bg-inet-${id}`, `bgo${id}`, `bgi${id}`];
  await runCommand(['ip', 'netns', 'add', namespace]);
  await ipBatch([
    `link add ${ours} type veth peer name ${theirs} netns ${namespace}`,
    `addr add ${hostAddress}/24 dev ${ours}`,
    `addr add ${hostAddress6}/64 dev ${ours} nodad`,
    `link set ${ours} up`,
  ]);
  const there = [`addr add ${internetAddress}/24 dev ${theirs}`, `addr add ${internetAddress6}/64 dev ${theirs} nodad`];
  await ipBatch([...there, `link set ${theirs} up`, 'link set lo up'], namespace);
  await ipBatch([`route add default via ${internetAddress}`, `route add ::/0 via ${internetAddress6} dev ${ours}`]);
  const web = spawnChild(['ip', 'netns', 'exec', namespace, process.execPath, '-e', server], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    web.stdout?.once('data', resolve);
    web.once('exit', () => reject(new Error('the web server ended as it started')));
  });
  const identity = identify(web.pid ?? -1);
  return {
    namespace,
    link: ours,
    url6: `http://[${internetAddress6}]:${httpPort}/`,
    url: `http://${internetAddress}:${httpPort}/`,
    dispose: async () => {
      if (identity) await endProcess(identity, 5_000);
      await runCommand(['ip', 'link', 'delete', ours]);
      await runCommand(['ip', 'netns', 'delete', namespace]);
    },
  };
}
