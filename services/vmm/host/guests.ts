import { connect, type Socket } from 'node:net';
import { delay } from '../../../lib/clock.js';
import { commonReasons, isBangerError } from '../../../lib/errors.js';
import { runCommand } from '../../../lib/host/command.js';
import type { GuestLogin, Guests, Script } from '../app/guest-ports.js';
import { guestCommandFailed } from '../domain/errors.js';
import type { SshFiles } from '../domain/ssh-config.js';
import { programPath } from './tools.js';

const ssh = { program: 'ssh', debianPackage: 'openssh-client' };
const sshPort = 22;

/**
 * A packet to a guest without a network yet is lost, and the kernel sends the next one a whole second later. So a new
 * attempt begins this often, while those before it may still succeed.
 */
const attemptEveryMs = 50;
const attemptMs = 3_000;
/** How long an accepted connection is silent before the kernel asks the guest whether it still knows of it. */
const keepAliveMs = 1_000;

export class TcpGuests implements Guests {
  constructor(private readonly keys: Pick<SshFiles, 'identityFile' | 'knownHostsFile'>) {}

  async answers(address: string, signal: AbortSignal, port = sshPort): Promise<void> {
    for (;;) {
      const socket = await connectAtOnce(address, port, signal);
      if (await saysBanner(socket, signal)) return;
      await delay(attemptEveryMs, signal);
    }
  }

  async run(guest: GuestLogin, argv: readonly string[], signal?: AbortSignal): Promise<void> {
    const program = await programPath('reach a guest', ssh);
    try {
      await runCommand([program, ...sshOptions(this.keys, guest), `${guest.user}@${guest.address}`, '--', ...argv], {
        signal,
      });
    } catch (error) {
      if (!isBangerError(error, commonReasons.COMMAND_FAILED)) throw error;
      throw guestCommandFailed(guest.hostKeyAlias, argv.join(' '), error.metadata.output ?? '', error);
    }
  }

  async runScript(guest: GuestLogin, { text, onLine }: Script, signal: AbortSignal): Promise<number> {
    const program = await programPath('reach a guest', ssh);
    const target = `${guest.user}@${guest.address}`;
    const argv = (command: string) => [program, ...sshOptions(this.keys, guest), ...keepAlive, target, '--', command];
    const failed = (cause: unknown) => {
      if (!isBangerError(cause, commonReasons.COMMAND_FAILED)) throw cause;
      throw guestCommandFailed(guest.hostKeyAlias, scriptPath, cause.metadata.output ?? '', cause);
    };
    const stdin = Buffer.from(text);
    await runCommand(argv(`umask 077; cat >${scriptPath} && chmod 700 ${scriptPath}`), { stdin, signal }).catch(failed);
    const okExitCodes = Array.from({ length: sshFailed }, (_, code) => code);
    const options = { signal, okExitCodes, timeoutMs: scriptMs, onStdoutLine: onLine, onStderrLine: onLine };
    const result = await runCommand(argv(scriptPath), options).catch(failed);
    return result.exitCode;
  }
}

/** A machine that is gone is noticed after a minute of silence. */
const keepAlive = ['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'];
/** Where a guest keeps nothing: a tmpfs with both inits. */
const scriptPath = '/run/banger-script';
const scriptMs = 24 * 60 * 60_000;
/** ssh's own exit code when it fails itself: ssh(1). */
const sshFailed = 255;

/** No prompt, no file of the user's, and no host but the one whose key is pinned. */
function sshOptions(keys: Pick<SshFiles, 'identityFile' | 'knownHostsFile'>, { hostKeyAlias }: GuestLogin): string[] {
  const options = {
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: keys.knownHostsFile,
    GlobalKnownHostsFile: 'none',
    HostKeyAlias: hostKeyAlias,
    StrictHostKeyChecking: 'yes',
    BatchMode: 'yes',
    ConnectTimeout: '10',
    LogLevel: 'ERROR',
  };
  const pairs = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', 'none', '-i', keys.identityFile, ...pairs];
}

/** The first of overlapping attempts that gets through; the others are given up. */
async function connectAtOnce(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  const attempts = new Set<Socket>();
  const settled = new AbortController();
  try {
    const first = new Promise<Socket>((resolve) => {
      void everySoOften(AbortSignal.any([signal, settled.signal]), () => {
        const socket = connect({ host: address, port });
        attempts.add(socket);
        socket.setTimeout(attemptMs, () => socket.destroy());
        // Refused, unreachable or too slow: the next attempt is under way.
        socket.once('error', () => undefined);
        socket.once('close', () => attempts.delete(socket));
        socket.once('connect', () => resolve(socket));
      });
    });
    const winner = await Promise.race([first, rejectWhenAborted(signal, settled.signal)]);
    attempts.delete(winner);
    return winner;
  } finally {
    settled.abort();
    for (const socket of attempts) socket.destroy();
  }
}

async function everySoOften(signal: AbortSignal, act: () => void): Promise<void> {
  while (!signal.aborted) {
    act();
    await delay(attemptEveryMs, signal).catch(() => undefined);
  }
}

/**
 * Whether an ssh server says who it is: RFC 4253 section 4.2. An accepted connection is waited on for as long as the
 * guest holds it: every new one makes sshd execute itself again, which delays a busy emulated guest's first banner.
 */
async function saysBanner(socket: Socket, signal: AbortSignal): Promise<boolean> {
  const settled = new AbortController();
  try {
    const said = new Promise<boolean>((resolve) => {
      socket.setTimeout(0);
      // A guest that was reset meanwhile answers with a reset, a dead one not at all: either closes the connection.
      socket.setKeepAlive(true, keepAliveMs);
      socket.once('data', (data) => resolve(data.toString('latin1').startsWith('SSH-')));
      socket.once('close', () => resolve(false));
    });
    return await Promise.race([said, rejectWhenAborted(signal, settled.signal)]);
  } finally {
    settled.abort();
    socket.destroy();
  }
}

/** Rejects when `signal` aborts; waits no longer once `done` aborts. */
function rejectWhenAborted(signal: AbortSignal, done: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { signal: done });
  });
}
