import type { Readable } from 'node:stream';
import { LineSplitter } from '../../../lib/host/lines.js';
import { spawnChild } from '../../../lib/host/spawn.js';
import type { HostChanges } from '../app/ports.js';

/** How long to wait before a program that has ended is started again, in milliseconds: doubled each time. */
const pauses = { first: 1_000, longest: 60_000 };

/** The kernel kills it as soon as the thread that started it is gone, whatever ended that: prctl(2), PR_SET_PDEATHSIG. */
const tied = ['setpriv', '--pdeathsig', 'KILL'];

/**
 * What the kernel tells of changes in the network namespace that we run in. Of links, addresses, routes and neighbours it
 * is told all day long: only lines that hold one of `words` count, and those on forwarding.
 */
export function createHostChanges(words: readonly string[]): HostChanges {
  const concerns = (line: string) => [...words, ' forwarding '].some((word) => line.includes(word));
  return {
    watch(onChange) {
      const programs = [
        follow([...tied, 'nft', 'monitor'], onChange),
        follow([...tied, 'ip', 'monitor', 'link', 'address', 'route', 'neigh', 'netconf'], (line) => {
          if (concerns(line)) onChange();
        }),
      ];
      const stop = () => {
        for (const program of programs) program.stop();
      };
      return { stop };
    },
  };
}

function follow(argv: readonly string[], onLine: (line: string) => void): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let pause = pauses.first;
  let child: ReturnType<typeof spawnChild>;
  const start = () => {
    child = spawnChild(argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = new LineSplitter((line) => {
      pause = pauses.first;
      onLine(line);
    });
    (child.stdout as Readable).on('data', (chunk: Buffer) => lines.write(chunk));
    // One that cannot be started closes as well.
    child.on('error', () => undefined);
    child.once('close', restart);
  };
  const restart = () => {
    if (stopped) return;
    // It may have missed something.
    onLine('');
    timer = setTimeout(start, pause);
    timer.unref();
    pause = Math.min(pause * 2, pauses.longest);
  };
  start();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      child.kill('SIGTERM');
    },
  };
}
