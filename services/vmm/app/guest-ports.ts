import type { GuestCommand, SignalName, TerminalSize } from '../domain/guest-command.js';
import type { SshFiles } from '../domain/ssh-config.js';

/**
 * What the use cases need of guests: to be let in, and what is done there. As in ports.ts, a call that takes a signal stops
 * promptly when it aborts.
 */

export interface HostKey {
  readonly privateKey: string;
  /** As in known_hosts: type and key. */
  readonly publicKey: string;
}

/** The managed ssh key, the guests' host keys, and the files that tell ssh of them. */
export interface SshKeys {
  readonly files: SshFiles;
  /** The line for authorized_keys; the key is made at the first call. */
  authorizedKey(): Promise<string>;
  newHostKey(comment: string): Promise<HostKey>;
  /** Writes the file that pins host keys, and the one that tells ssh who is where. */
  writeKnownHosts(text: string, config: string): Promise<void>;
}

/** How the outside sees a guest. */
export interface Guests {
  /** Resolves when an ssh server at the address has said its banner; rejects when the signal aborts. */
  answers(address: string, signal: AbortSignal): Promise<void>;
  /** Runs a command in a guest over ssh with the managed key. Fails with GUEST_COMMAND_FAILED. */
  run(guest: GuestLogin, argv: readonly string[], signal?: AbortSignal): Promise<void>;
  /**
   * Puts a program into a guest, where no disk keeps it, and runs it. Resolves with its exit code; `onLine` hears what it
   * prints. Fails with GUEST_COMMAND_FAILED when it could not be run to its end.
   */
  runScript(guest: GuestLogin, script: Script, signal: AbortSignal): Promise<number>;
}

export interface Script {
  /** With its own first line `#!`, or for the shell. */
  readonly text: Uint8Array;
  readonly onLine: (line: string) => void;
}

export interface GuestLogin {
  readonly address: string;
  readonly user: string;
  readonly hostKeyAlias: string;
}

/** Runs commands in guests, over connections that are kept for the next one. */
export interface Shells {
  /** Resolves when the command runs. Fails with GUEST_UNREACHABLE. */
  start(guest: ShellGuest, command: ShellCommand, signal: AbortSignal): Promise<GuestProcess>;
  /** Ends all connections, and with them what runs over them. */
  close(): void;
}

export interface ShellGuest extends GuestLogin {
  /** Its public host key, as in known_hosts: type and key. */
  readonly hostKey: string;
  /** Aborts when the guest is gone: what is kept for it is of no use any more. */
  readonly gone: AbortSignal;
}

export interface ShellCommand {
  readonly command: GuestCommand;
  readonly terminal?: Terminal;
}

export interface Terminal extends TerminalSize {
  /** As in TERM. */
  readonly type: string;
}

/** A command in a guest. */
export interface GuestProcess {
  /** Leads a process group of this number. Undefined when it ended before it said so. */
  readonly pid: number | undefined;
  /** What it writes, until it has ended. Is read once; it writes no faster than it is read. */
  readonly output: AsyncIterable<GuestOutput>;
  /** Once the output was read to its end. Fails with GUEST_UNREACHABLE when the guest has gone meanwhile. */
  exit(): Promise<GuestExit>;
  /** Returns when there is room for more. What it does not read any more is dropped. */
  write(data: Uint8Array): Promise<void>;
  endInput(): void;
  resize(size: TerminalSize): void;
  /** Sends a signal to its process group; succeeds when it has ended. */
  signal(name: SignalName): Promise<void>;
  /** Hangs up on its process group and has it killed 5 s later; resolves when nothing more comes. Succeeds when it has ended. */
  end(): Promise<void>;
  /** Ends it as `end` does, and drops what it still writes. */
  abandon(): void;
}

export interface GuestOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export interface GuestExit {
  readonly code: number;
  /** Without "SIG". */
  readonly signal?: string;
}
