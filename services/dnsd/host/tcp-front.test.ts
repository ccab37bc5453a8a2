import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { Traffic } from './endpoint.js';
import { FrameReader, frame } from './framing.js';
import { openTcpFront, standardLimits, type TcpLimits } from './tcp-front.js';
import type { Front, FrontOptions } from './udp-front.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Echoes; "none" gets no answer, "later…" gets it after `release`. */
async function serve(limits: Partial<TcpLimits> = {}, rest: Partial<FrontOptions> = {}) {
  const traffic = new Traffic();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const front: Front = await openTcpFront(
    {
      endpoint: { address: '127.0.0.1', port: 0 },
      respond: (message) => {
        const text = message.toString();
        if (text === 'none') return undefined;
        return text.startsWith('later') ? released.then(() => message) : message;
      },
      admits: () => true,
      allows: () => true,
      traffic,
      onFault: (error) => {
        throw error;
      },
      ...rest,
    },
    { ...standardLimits, ...limits },
  );
  open.push(front);
  return { port: front.port, traffic, release };
}

class Client {
  readonly received: string[] = [];
  closed = false;
  readonly #reader = new FrameReader();

  constructor(readonly socket: Socket) {
    open.push({ close: () => socket.destroy() });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      for (let m = this.#reader.next(); m; m = this.#reader.next()) this.received.push(m.toString());
    });
  }

  /** Whether the other side has ended the connection, in order or not. */
  get left(): boolean {
    return this.closed || this.socket.readableEnded;
  }

  ask(...texts: string[]): void {
    this.socket.write(Buffer.concat(texts.map((text) => frame(Buffer.from(text)))));
  }

  until(what: string, probe: () => boolean): Promise<boolean> {
    return pollUntil(probe, { what, timeoutMs: 20_000, everyMs: 5 });
  }
}

async function client(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return new Client(socket);
}

test('any number of queries in one write are answered', async () => {
  const { port } = await serve();
  const asker = await client(port);
  const texts = Array.from({ length: 3_000 }, (_, i) => `query ${i}`);
  asker.ask(...texts);
  await asker.until('all are answered', () => asker.received.length === texts.length);
  expect(asker.received).toEqual(texts);
});

test('who has said all may hang up its half, and still gets its answers', async () => {
  const { port, release } = await serve();
  const asker = await client(port);
  asker.ask('now', 'later');
  asker.socket.end();
  await asker.until('the first answer', () => asker.received.length === 1);
  release();
  await asker.until('the end', () => asker.socket.readableEnded);
  expect(asker.received).toEqual(['now', 'later']);
});

test('more than the allowed number of slow queries wait, and none is lost', async () => {
  const { port, release } = await serve();
  const asker = await client(port);
  const texts = Array.from({ length: 100 }, (_, i) => `later ${i}`);
  asker.ask(...texts, 'now');
  release();
  await asker.until('all are answered', () => asker.received.length === 101);
  expect(new Set(asker.received)).toEqual(new Set([...texts, 'now']));
});

test('a message without an answer, or longer than any query, ends the connection', async () => {
  const { port, traffic } = await serve();
  const odd = await client(port);
  odd.ask('none');
  const long = await client(port);
  long.socket.write(Buffer.from([0xff, 0xff]));
  await odd.until('both are closed', () => odd.left && long.left);
  expect(traffic.dropped).toBe(1);
});

test('a connection on which nothing moves is closed', async () => {
  const { port } = await serve({ idleMs: 50 });
  const asker = await client(port);
  asker.socket.write(Buffer.from([0]));
  await asker.until('it is closed', () => asker.left);
  expect(asker.received).toEqual([]);
});

test('who trickles its query, octet by octet, is not waited for', async () => {
  const { port } = await serve({ idleMs: 200 });
  const asker = await client(port);
  asker.ask('hello');
  await asker.until('the answer', () => asker.received.length === 1);
  let sent = 0;
  const trickle = setInterval(() => asker.socket.write(Buffer.from([sent++ === 0 ? 4 : 0])), 20);
  open.push({ close: () => clearInterval(trickle) });
  await asker.until('it is closed', () => asker.left);
  expect(asker.received).toEqual(['hello']);
});

test('who asks without reading is not waited for, and no more than the bound is kept for it', async () => {
  let answered = 0;
  const { port } = await serve(
    { idleMs: 500 },
    {
      respond: () => {
        answered++;
        return Buffer.alloc(4_000);
      },
    },
  );
  const deaf = await client(port);
  deaf.socket.pause();
  deaf.ask(...Array.from({ length: 20_000 }, () => 'query'));
  await deaf.until('it is closed', () => {
    // Who does not read learns of it by writing.
    deaf.ask('query');
    return deaf.closed;
  });
  // The kernel's own buffers hold some megabytes.
  expect(answered).toBeLessThan(5_000);
});

test('who asks more than its share is cut off', async () => {
  let left = 3;
  const { port, traffic } = await serve({}, { allows: () => left-- > 0 });
  const asker = await client(port);
  asker.ask('1', '2', '3', '4');
  await asker.until('it is closed', () => asker.left);
  expect(asker.received).toEqual(['1', '2', '3']);
  expect(traffic.limited).toBe(1);
});

test('at the cap the connection that has been quiet longest makes room', async () => {
  const { port } = await serve({ connections: 2 });
  const [first, second] = [await client(port), await client(port)];
  second.ask('hello');
  await second.until('the answer', () => second.received.length === 1);
  first.ask('hello');
  await first.until('the answer', () => first.received.length === 1);
  const third = await client(port);
  third.ask('hello');
  await third.until('the answer', () => third.received.length === 1);
  await second.until('the quiet one is closed', () => second.left);
  first.ask('again');
  await first.until('the other goes on', () => first.received.length === 2);
});

test('a stranger is not served', async () => {
  const { port, traffic } = await serve({}, { admits: () => false });
  const asker = await client(port);
  asker.ask('hello');
  await asker.until('it is closed', () => asker.left);
  expect(asker.received).toEqual([]);
  expect(traffic.dropped).toBe(1);
});

test('closing ends the open connections', async () => {
  const { port } = await serve();
  const asker = await client(port);
  await open.shift()?.close();
  await asker.until('it is closed', () => asker.left);
  expect(asker.received).toEqual([]);
});
