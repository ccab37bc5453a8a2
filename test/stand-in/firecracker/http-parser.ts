/** HTTP/1.1 as Firecracker's own server reads it: bodies by Content-Length alone, and lines of at most 1024 bytes. */

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Undefined when there is none, or an empty one. */
  readonly body: string | undefined;
}

/** The connection's last bytes made no request. What was asked before and not answered is dropped. */
export class HttpError extends Error {}

/** What is read at once, and so the longest line. */
export const sliceBytes = 1024;

const methods = ['GET', 'PUT', 'PATCH', 'DELETE'];

interface Head {
  readonly method: string;
  readonly path: string;
  length: number;
  expectsContinue: boolean;
}

export class HttpParser {
  #rest: Buffer = Buffer.alloc(0);
  #head: Head | undefined;
  /** The body so far, once the head is complete. */
  #body: Buffer[] | undefined;

  /** `onContinue` is called when the client waits for a word before it sends the body. */
  constructor(
    private readonly limit: number,
    private readonly onContinue: () => void,
  ) {}

  /** The requests that these bytes complete. After an error the bytes are gone, and the parser stands where it stood. */
  read(slice: Buffer): HttpRequest[] {
    const bytes = Buffer.concat([this.#rest, slice]);
    this.#rest = Buffer.alloc(0);
    const requests: HttpRequest[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#body) {
        at += this.#take(bytes.subarray(at), requests);
        continue;
      }
      const end = bytes.indexOf('\r\n', at);
      if (end < 0) break;
      this.#line(bytes.toString('latin1', at, end), requests);
      at = end + 2;
    }
    this.#keep(bytes.subarray(at));
    return requests;
  }

  #keep(rest: Buffer): void {
    if (rest.length >= sliceBytes) throw tooLong(rest.toString('latin1', 0, sliceBytes));
    this.#rest = rest;
  }

  #line(line: string, requests: HttpRequest[]): void {
    // A line and its end have to fit together.
    if (line.length + 2 > sliceBytes) throw tooLong(line.slice(0, sliceBytes));
    if (!this.#head) this.#head = requestLine(line);
    else if (line !== '') readHeader(line, this.#head);
    else this.#headEnds(this.#head, requests);
  }

  #headEnds(head: Head, requests: HttpRequest[]): void {
    if (head.length > this.limit) {
      const size = `Request payload with size ${head.length} is larger than the limit of ${this.limit}`;
      throw new HttpError(`${size} allowed by server.`);
    }
    if (head.length === 0) {
      this.#complete(head, undefined, requests);
      return;
    }
    if (head.expectsContinue) this.onContinue();
    this.#body = [];
  }

  /** Returns how many of the bytes belong to the body. */
  #take(bytes: Buffer, requests: HttpRequest[]): number {
    const { head, body } = { head: this.#head as Head, body: this.#body as Buffer[] };
    const missing = head.length - body.reduce((sum, part) => sum + part.length, 0);
    const part = bytes.subarray(0, missing);
    body.push(part);
    if (part.length === missing) this.#complete(head, Buffer.concat(body).toString('utf8'), requests);
    return part.length;
  }

  #complete({ method, path }: Head, body: string | undefined, requests: HttpRequest[]): void {
    requests.push({ method, path, body });
    this.#head = undefined;
    this.#body = undefined;
  }
}

function requestLine(line: string): Head {
  const [method = '', path, version] = line.split(' ');
  if (path === undefined || version === undefined) throw new HttpError('Invalid request.');
  if (!methods.includes(method)) throw new HttpError('Invalid HTTP Method: Unsupported HTTP method.');
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') throw new HttpError('Unsupported HTTP version.');
  if (!path.startsWith('/')) throw new HttpError('Invalid URI: URI is not absolute.');
  return { method, path, length: 0, expectsContinue: false };
}

/** Every other header, Transfer-Encoding with them, is passed over. */
function readHeader(line: string, head: Head): void {
  const [, name = '', value = ''] = line.match(/^([^:]+):\s*(.*?)\s*$/) ?? [];
  if (name === '') throw new HttpError(`Invalid header. Reason: Invalid format. Header: ${line}`);
  if (name.toLowerCase() === 'expect') head.expectsContinue = value === '100-continue';
  if (name.toLowerCase() !== 'content-length') return;
  if (!/^\d+$/.test(value)) throw new HttpError(`Invalid header. Reason: Invalid value. Header: ${line}`);
  head.length = Number(value);
}

function tooLong(line: string): HttpError {
  return new HttpError(`Invalid header. Reason: Invalid content length. Header: ${line}`);
}
