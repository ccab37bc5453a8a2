import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { PublishedPort } from '../../../lib/network-policy/policy.js';
import type { HostPorts } from '../app/ports.js';

const everywhere = '0.0.0.0';

/** Looks by listening for a moment: the kernel knows best what is in the way of what. */
export function createHostPorts(): HostPorts {
  return {
    async look(port) {
      try {
        await (port.protocol === 'tcp' ? listen : receive)(port);
        return 'free';
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EADDRINUSE') return 'taken';
        if (code === 'EADDRNOTAVAIL') return 'no-address';
        throw error;
      }
    },
  };
}

async function listen({ hostAddress, hostPort }: PublishedPort): Promise<void> {
  const server = createServer((connection) => connection.destroy());
  server.listen({ port: hostPort, host: hostAddress || everywhere });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}

async function receive({ hostAddress, hostPort }: PublishedPort): Promise<void> {
  const socket = createSocket('udp4');
  try {
    socket.bind(hostPort, hostAddress || everywhere);
    await once(socket, 'listening');
  } finally {
    socket.close();
  }
}
