import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { FrameReader, frame } from '../host/framing.js';

/** What a name server of a test sends for a query, in this order; nothing when the list is empty. */
export type Behaviour = (query: Buffer, transport: 'udp' | 'tcp') => Buffer[];

export interface TestNameServer {
  readonly address: string;
  readonly port: number;
  /** How many queries came. */
  readonly asked: { udp: number; tcp: number };
  close(): Promise<void>;
}

/** A name server that does as it is told, on loopback, UDP and TCP on one port. */
export async function testNameServer(behaviour: Behaviour, address = '127.0.0.1', port = 0): Promise<TestNameServer> {
  const asked = { udp: 0, tcp: 0 };
  const open = new Set<Socket>();
  const tcp = createServer((socket) => {
    const reader = new FrameReader();
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      for (let query = reader.next(); query; query = reader.next()) {
        asked.tcp++;
        for (const message of behaviour(query, 'tcp')) socket.write(frame(message));
      }
    });
  });
  tcp.listen(port, address);
  await once(tcp, 'listening');
  const taken = (tcp.address() as AddressInfo).port;
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    asked.udp++;
    for (const message of behaviour(query, 'udp')) udp.send(message, from.port, from.address);
  });
  udp.bind(taken, address);
  await once(udp, 'listening');
  return {
    address,
    port: taken,
    asked,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => tcp.close(resolve));
      await new Promise<void>((resolve) => udp.close(() => resolve()));
    },
  };
}
