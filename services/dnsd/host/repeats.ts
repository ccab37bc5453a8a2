const slotCount = 8_192;
const idBytes = 2;

/**
 * Tells whether a message, but for its id, has come before, not too long ago: not always, and of two in some millions
 * wrongly. What comes once is not worth being kept: to keep it, and to forget it again, takes longer than to answer it.
 */
export class Repeats {
  /** The hash of the message that came last of those that share a slot. */
  readonly #slots = new Uint32Array(slotCount);

  /** Whether it has come before; from now on it has. */
  has(message: Buffer): boolean {
    const hash = hashOf(message);
    const slot = hash % slotCount;
    const isRepeated = this.#slots[slot] === hash;
    this.#slots[slot] = hash;
    return isRepeated;
  }
}

/** FNV-1a of 32 bits. */
function hashOf(message: Buffer): number {
  let hash = 0x811c9dc5;
  for (let at = idBytes; at < message.length; at++) hash = Math.imul(hash ^ (message[at] ?? 0), 0x01000193);
  return hash >>> 0;
}
