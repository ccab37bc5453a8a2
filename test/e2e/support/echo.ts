import { once } from 'node:events';
import { connect } from 'node:net';
import { pollUntil } from '../../../lib/clock.js';
import { identify, signalProcess } from '../../../lib/host/process.js';
import { spawnChild } from '../../../lib/host/spawn.js';

/** A program for a guest that sends back what it gets on a port; Perl is in every Debian. */
export const echoServer = (port: number) =>
  `perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(LocalPort=>${port},Listen=>5,ReuseAddr=>1) or die;` +
  "while($c=$s->accept){while(sysread($c,$b,65536)){syswrite($c,$b)}}'";

/** A program for a guest that counts the answers of a web server over one connection. */
export const answerCounter = (address: string) =>
  `perl -MIO::Socket::INET -e '$|=1;$s=IO::Socket::INET->new("${address}") or die;while(1){` +
  'syswrite($s,"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");$b="";' +
  'while($b!~/you are [\\d.]+$/){sysread($s,$b,4096,length $b) or die "reset"}' +
  'print $i++ || 0,"\\n";select undef,undef,undef,0.1}\'';

export interface EchoConnection {
  /** Waits until more has come back; fails when the connection has ended or a byte was lost. */
  advances(): Promise<void>;
  close(): void;
}

/** One TCP connection over which numbers go all the time, and have to come back as they went. */
export async function openEcho(host: string, port: number): Promise<EchoConnection> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  let [sent, came, count] = ['', '', 0];
  let ended: string | undefined;
  socket.on('data', (data) => {
    came += data;
  });
  socket.on('error', (error) => {
    ended = error.message;
  });
  socket.on('close', () => {
    ended ??= 'it was closed';
  });
  const timer = setInterval(() => {
    const line = `${count++}\n`;
    sent += line;
    socket.write(line);
  }, 20);
  return {
    async advances() {
      const start = came.length;
      const moves = () => {
        if (ended !== undefined) throw new Error(`the connection has ended: ${ended}`);
        return came.length >= start + 100;
      };
      await pollUntil(moves, { what: 'more comes back', timeoutMs: 120_000 });
      if (!sent.startsWith(came)) throw new Error('what came back is not what was sent');
    },
    close() {
      clearInterval(timer);
      socket.destroy();
    },
  };
}

/** Pings until `stop`, which resolves with how many answers came and the numbers of those that are missing. */
export function startPing(address: string): { stop(): Promise<{ answers: number; missing: number[] }> } {
  const ping = spawnChild(['ping', '-n', '-i', '0.2', address], { stdio: ['ignore', 'pipe', 'inherit'] });
  const identity = identify(ping.pid ?? -1);
  let text = '';
  ping.stdout?.on('data', (data) => {
    text += data;
  });
  const exit = once(ping, 'exit');
  return {
    async stop() {
      if (identity) signalProcess(identity, 'SIGINT');
      await exit;
      const numbers = new Set([...text.matchAll(/icmp_seq=(\d+) ttl/g)].map(([, number]) => Number(number)));
      const last = Math.max(...numbers);
      const missing = Array.from({ length: last }, (_, i) => i + 1).filter((number) => !numbers.has(number));
      return { answers: numbers.size, missing };
    },
  };
}
