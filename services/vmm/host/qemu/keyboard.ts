import type { Socket } from 'node:net';
import type { Keyboard } from '../../app/ports.js';
import { hypervisorUnresponsive } from '../../domain/errors.js';
import { connectSocket, within } from './socket.js';

const connectMs = 5_000;
/** A guest that does not read its console lets the socket fill up; after this long we say so. */
const acceptMs = 10_000;

interface Line {
  readonly socket: Promise<Socket>;
  keyboards: number;
}

/**
 * The typing side of QEMU's console socket. It takes one client at a time, so that all keyboards share a connection; what
 * comes from the guest is thrown away here, for QEMU writes it to the console log too.
 */
export class ConsoleSocket {
  #line: Line | undefined;

  constructor(
    private readonly path: string,
    /** The VM's, for messages. */
    private readonly name: string,
  ) {}

  /** Fails with HYPERVISOR_UNRESPONSIVE when nobody is at the socket. */
  async open(): Promise<Keyboard> {
    this.#line ??= this.#newLine();
    const line = this.#line;
    line.keyboards++;
    const socket = await line.socket;
    let isOpen = true;
    return {
      type: (bytes) => this.#type(line, socket, bytes),
      close: () => {
        if (isOpen && --line.keyboards === 0) this.#hangUp(line, socket);
        isOpen = false;
      },
    };
  }

  /** Gives up every keyboard. */
  close(): void {
    const line = this.#line;
    // A connection that failed has told whoever asked for it.
    line?.socket.then((socket) => this.#hangUp(line, socket)).catch(() => undefined);
  }

  #newLine(): Line {
    const line: Line = { socket: connectSocket(this.path, connectMs), keyboards: 0 };
    const forget = () => this.#forget(line);
    line.socket.then((socket) => {
      socket.resume();
      // What went wrong with the connection is told to those who type.
      socket.on('error', () => undefined);
      socket.once('close', forget);
    }, forget);
    return line;
  }

  /** QEMU reads what was typed to its end, and hangs up then; a connection cut at once would lose the rest. */
  #hangUp(line: Line, socket: Socket): void {
    this.#forget(line);
    socket.end();
    socket.unref();
  }

  /** Whoever comes next gets a new connection. */
  #forget(line: Line): void {
    if (this.#line === line) this.#line = undefined;
  }

  async #type(line: Line, socket: Socket, bytes: Uint8Array): Promise<void> {
    const problem = (why: string) => hypervisorUnresponsive(`type at the console of vm ${this.name}`, why);
    const taken = new Promise<void>((resolve, reject) => {
      socket.write(bytes, (error) => {
        if (!error) return resolve();
        this.#forget(line);
        reject(problem('closed the connection'));
      });
    });
    await within(taken, acceptMs, () => problem('has a guest that does not read its console'));
  }
}
