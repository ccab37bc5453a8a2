import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * A pair of sockets between a parent and its child. The kernel closes the parent's end when the parent dies, however it
 * dies, and the child sees that at once. (PR_SET_PDEATHSIG would do the same; Node cannot set it.) On it the child says how
 * far it has come, and the parent when it may go on: each word a line.
 */

const variable = 'BANGER_LIFELINE_FD';
const holdVariable = 'BANGER_STAND_BY';
/** The first descriptor after the three standard ones. */
const childFd = 3;

/** What a parent adds to its child's environment; the fourth entry of the child's `stdio` is a pipe. */
export const lifelineEnvironment: Readonly<Record<string, string>> = {
  [variable]: String(childFd),
  [holdVariable]: '1',
};

const proceed = 'proceed\n';
/** How far a child has come: it has made ready all that it can beside another one; it serves. */
export type Stage = 'ready' | 'serving';

/** The child's end. */
export interface Lifeline {
  /**
   * Says that all is ready, and resolves with true when the parent tells to go on; with false when the parent is gone. At
   * once in a process that was started without a lifeline, or by a parent that holds nobody back.
   */
  standBy(): Promise<boolean>;
  /** Says that it serves. */
  serving(): void;
  /** Calls `cut` once when the parent is gone. */
  onCut(cut: () => void): void;
}

const noLifeline: Lifeline = { standBy: async () => true, serving: () => undefined, onCut: () => undefined };

/** Opens the child's end; once in a process. */
export function openLifeline(): Lifeline {
  const holds = process.env[holdVariable] === '1';
  const given = process.env[variable] === String(childFd);
  // Programs that this process starts have no such pipe.
  delete process.env[variable];
  delete process.env[holdVariable];
  if (!given) return noLifeline;
  const pipe = new Socket({ fd: childFd, readable: true, writable: true });
  // A reset is the end of the parent as well; 'close' follows it.
  pipe.on('error', () => undefined);
  const over = new Promise<false>((resolve) => pipe.once('close', () => resolve(false)));
  const told = new Promise<true>((resolve) => pipe.once('data', () => resolve(true)));
  pipe.resume();
  const say = (stage: Stage) => void (holds && pipe.write(`${stage}\n`));
  return {
    async standBy() {
      if (!holds) return true;
      say('ready');
      const goesOn = await Promise.race([told, over]);
      pipe.unref();
      return goesOn;
    },
    serving: () => say('serving'),
    onCut(cut) {
      pipe.unref();
      over.then(cut);
    },
  };
}

/** The parent's end. */
export interface LifelineHolder {
  /** Resolves with true when the child has come this far, with false when it ends before. */
  reached(stage: Stage): Promise<boolean>;
  /** Tells the child to go on. */
  proceed(): void;
}

/** Holds a child that was started with `lifelineEnvironment`. */
export function holdLifeline(child: ChildProcess): LifelineHolder {
  const pipe = child.stdio[childFd] as Socket;
  const stages: Stage[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let over = false;
  const look = () => {
    for (const wake of waiting) wake();
  };
  pipe.on('error', () => undefined);
  pipe.on('data', (data) => {
    const lines = `${text}${data}`.split('\n');
    text = lines.pop() ?? '';
    stages.push(...(lines as Stage[]));
    look();
  });
  pipe.once('close', () => {
    over = true;
    look();
  });
  return {
    reached: (stage) =>
      new Promise((resolve) => {
        const wake = () => {
          if (!over && !stages.includes(stage)) return;
          waiting.delete(wake);
          resolve(stages.includes(stage));
        };
        waiting.add(wake);
        wake();
      }),
    proceed: () => void pipe.write(proceed),
  };
}
