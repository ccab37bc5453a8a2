import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** A connection to the API that sends bytes as they stand, right or wrong. */
export class Connection {
  #received = '';
  #isOver = false;
  #wake = () => {};

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    for (const end of ['end', 'close', 'error']) socket.on(end, () => this.#hear(undefined));
  }

  static async open(path: string): Promise<Connection> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new Connection(socket);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** The next answer; undefined when the connection ends instead. */
  async read(): Promise<Reply | undefined> {
    for (;;) {
      const reply = this.#whole();
      if (reply || this.#isOver) return reply;
      await this.#more();
    }
  }

  /** Whatever comes first; nothing when the connection ends instead. */
  async heard(): Promise<string> {
    while (this.#received === '' && !this.#isOver) await this.#more();
    return this.#received;
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, 'close');
    this.socket.end();
    this.socket.resume();
    await closed;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #hear(text: string | undefined): void {
    this.#received += text ?? '';
    this.#isOver ||= text === undefined;
    this.#wake();
  }

  #whole(): Reply | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ')));
    const length = Number(headers['content-length'] ?? 0);
    const text = this.#received.slice(end + 4, end + 4 + length);
    if (text.length < length) return undefined;
    this.#received = this.#received.slice(end + 4 + length);
    return { status: Number(first.split(' ')[1]), headers, body: length === 0 ? null : parsed(text) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A request with its length. A body that is a string goes out as it stands. */
export function requestText(method: string, path: string, body?: unknown, headers: readonly string[] = []): string {
  const text = typeof body === 'string' ? body : body === undefined || body === null ? '' : spaced(body);
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers];
  if (text !== '') lines.push(`Content-Length: ${text.length}`);
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}

/** JSON with a space after commas and colons, as the recordings were sent: faults tell columns. */
export function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${spaced(member)}`);
  return `{${members.join(', ')}}`;
}
