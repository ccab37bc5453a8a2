import { once } from 'node:events';
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  /** Keeps the connection. */
  readonly agent: Agent;
  readonly socketPath: string;
  readonly method: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  /** For the whole answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with the connection that the request goes over. */
  readonly onSocket: (socket: Socket) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The longest answer of Firecracker's, to GET /vm/config, has some KiB. */
const maxAnswerBytes = 256 * 1024;

/**
 * One HTTP request and its answer. When it fails, the connection is closed, and the error's message completes "its
 * hypervisor …".
 */
export async function exchange(options: Exchange): Promise<HttpAnswer> {
  const sent = send(options);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    sent.destroy();
  }, options.timeoutMs);
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await textOf(response) };
  } catch (cause) {
    sent.destroy();
    throw isLate ? new Error(`did not answer within ${options.timeoutMs / 1000} s`) : explained(cause, options);
  } finally {
    clearTimeout(timer);
  }
}

function send({ agent, socketPath, method, path, body, signal, onSocket }: Exchange): ClientRequest {
  const data = body && Buffer.from(JSON.stringify(body));
  // Firecracker takes bodies by their length alone: one that comes in chunks counts as none.
  const headers = data && { 'Content-Type': 'application/json', 'Content-Length': data.length };
  const sent = request({
    agent,
    socketPath,
    method,
    path,
    signal,
    headers: { Accept: 'application/json', ...headers },
  });
  sent.once('socket', onSocket);
  // A connection may be lost between the events that are waited for.
  sent.on('error', () => undefined);
  return sent.end(data);
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new Error(`answered with more than ${maxAnswerBytes / 1024} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function explained(cause: unknown, { socketPath }: Exchange): Error {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new Error(`is not at ${socketPath}`, { cause });
  if (code === 'EACCES' || code === 'EPERM') return new Error(`lets nobody else to ${socketPath}`, { cause });
  if (code === 'ECONNRESET' || code === 'EPIPE') return new Error('closed the connection', { cause });
  if (code.startsWith('HPE_')) return new Error(`answered what is no HTTP (${message})`, { cause });
  return cause as Error;
}
