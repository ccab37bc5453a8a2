import { unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Refusal } from './calls.js';
import { osError } from './errno.js';

/** The first of the ports that connections from the host are given. */
const firstHostPort = 1073741824;

/** The host's end of the vsock, bound from the request on. */
export class Vsock {
  #server: Server;
  #nextPort = firstHostPort;

  private constructor(
    private readonly path: string,
    listens: (port: number) => boolean,
  ) {
    this.#server = createServer((socket) => this.#accept(socket, listens));
  }

  /** `listens` says whether something in the guest does, at a port. Fails when the path cannot be bound. */
  static async bind(path: string, listens: (port: number) => boolean): Promise<Vsock> {
    const vsock = new Vsock(path, listens);
    await new Promise<void>((resolve, reject) => {
      vsock.#server.once('error', (error) => reject(notBound(error)));
      vsock.#server.listen(path, resolve);
    });
    return vsock;
  }

  /** Gives the path free, as only a replacement does: at the end of the process it stays behind. */
  remove(): void {
    unlinkSync(this.path);
    this.#server.close();
  }

  #accept(socket: Socket, listens: (port: number) => boolean): void {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data: Buffer) => {
      const port = data.toString().match(/^connect (\d+)\n/i)?.[1];
      // Where nobody listens, the connection is closed without a word.
      if (port === undefined || !listens(Number(port))) socket.destroy();
      else this.#connected(socket);
    });
  }

  #connected(socket: Socket): void {
    socket.write(`OK ${this.#nextPort}\n`);
    this.#nextPort += 1;
    socket.pipe(socket);
  }
}

function notBound(error: Error): Refusal {
  return new Refusal(`Error binding to the host-side Unix socket: ${osError(error)}`);
}
