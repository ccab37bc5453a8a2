/** Messages in a TCP stream: each has its length in two octets in front (RFC 1035 section 4.2.2). */

const lengthBytes = 2;

export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(lengthBytes + message.length);
  framed.writeUInt16BE(message.length, 0);
  message.copy(framed, lengthBytes);
  return framed;
}

/** Cuts a stream into messages, however its octets arrive. Keeps no more than one chunk and one message. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The length that the next message says it has; undefined until that has arrived. */
  nextLength(): number | undefined {
    return this.#size < lengthBytes ? undefined : this.#joined().readUInt16BE(0);
  }

  /** The next message; undefined until all of it has arrived. */
  next(): Buffer | undefined {
    const length = this.nextLength();
    if (length === undefined || this.#size < lengthBytes + length) return undefined;
    const joined = this.#joined();
    const message = joined.subarray(lengthBytes, lengthBytes + length);
    this.#chunks = [joined.subarray(lengthBytes + length)];
    this.#size -= lengthBytes + length;
    return message;
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    const joined = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
