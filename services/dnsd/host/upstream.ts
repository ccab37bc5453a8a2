import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { headerBytes, readQuestion } from './codec.js';
import type { Endpoint } from './endpoint.js';
import { FrameReader, frame } from './framing.js';

/**
 * One exchange with another name server. Every query goes out with a random id from a random port over a connected
 * socket, and only an answer to just this question with just this id from just that server is taken: whoever wants to
 * slip in a false one has to guess both within the timeout (RFC 5452). Anything else is ignored, and waiting goes on.
 *
 * Rejects when the signal aborts, or when the server cannot be reached.
 */
export type Exchange = (server: Endpoint, query: Buffer, signal: AbortSignal) => Promise<Buffer>;

export const exchangeUdp: Exchange = (server, query, signal) =>
  exchange(query, signal, (asked, { received, failed }) => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    let open = true;
    socket.on('error', failed);
    socket.on('message', received);
    socket.on('connect', () => open && socket.send(asked, (error) => error && failed(error)));
    // The kernel picks the port, at random: it does so when a socket that is bound to none is connected.
    socket.connect(server.port, server.address);
    return () => {
      open = false;
      socket.close();
    };
  });

export const exchangeTcp: Exchange = (server, query, signal) =>
  exchange(query, signal, (asked, { received, failed }) => {
    const reader = new FrameReader();
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    socket.on('error', failed);
    socket.on('close', () => failed(new Error(`${server.address} closed the connection without an answer`)));
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      for (let message = reader.next(); message; message = reader.next()) received(message);
    });
    socket.write(frame(asked));
    return () => socket.destroy();
  });

interface Events {
  received(message: Buffer): void;
  failed(error: unknown): void;
}

/** Settles once, with the first message that answers or the first failure, and closes what `open` opened. */
function exchange(
  query: Buffer,
  signal: AbortSignal,
  open: (asked: Buffer, events: Events) => () => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const asked = withRandomId(query);
    let close: (() => void) | undefined;
    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', onAbort);
      close?.();
      finish();
    };
    const failed = (error: unknown) => settle(() => reject(error));
    const onAbort = () => failed(signal.reason);
    const received = (message: Buffer) => {
      if (answers(message, asked)) settle(() => resolve(asReplyTo(query, message)));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    close = open(asked, { received, failed });
  });
}

function withRandomId(query: Buffer): Buffer {
  const asked = Buffer.from(query);
  asked.writeUInt16BE(randomInt(0x1_0000), 0);
  return asked;
}

/** Whether a message is the answer to what we asked: its id, and its question but for the case of letters. */
function answers(message: Buffer, asked: Buffer): boolean {
  if (message.length < headerBytes || message.readUInt16BE(0) !== asked.readUInt16BE(0)) return false;
  const isResponse = (message.readUInt16BE(2) & 0x8000) !== 0;
  const theirs = readQuestion(message);
  const ours = readQuestion(asked);
  return isResponse && theirs !== undefined && ours !== undefined && sameQuestion(theirs, ours);
}

type ReadQuestion = NonNullable<ReturnType<typeof readQuestion>>;

function sameQuestion(a: ReadQuestion, b: ReadQuestion): boolean {
  const sameName = a.labels.length === b.labels.length && a.labels.every((label, i) => sameLabel(label, b.labels[i]));
  return sameName && a.type === b.type && a.class === b.class;
}

function sameLabel(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}

/** The asker gets its own id back, and its own spelling of the name. */
function asReplyTo(query: Buffer, message: Buffer): Buffer {
  const reply = Buffer.from(message);
  query.copy(reply, 0, 0, 2);
  query.copy(reply, headerBytes, headerBytes, readQuestion(query)?.end);
  return reply;
}
