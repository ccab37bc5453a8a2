import type { Input } from '../keyboard.js';
import { takeKeys } from '../keyboard.js';
import { endKeys, type Key, readKeys } from './state/keys.js';

/** The rest of a sequence is there at once; a person takes longer to press a key after Escape. */
const sequenceMs = 50;

/** Reads keys from a terminal, and can leave it to somebody else for a while. */
export class KeyReader {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #timer: NodeJS.Timeout | undefined;
  #giveBack: (() => void) | undefined;

  constructor(
    private readonly input: Input,
    private readonly onKeys: (keys: readonly Key[]) => void,
  ) {}

  start(): void {
    this.#giveBack ??= takeKeys(this.input);
    this.input.on('data', this.#take);
    this.input.resume();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.input.off('data', this.#take);
    this.input.pause();
    this.#giveBack?.();
    this.#giveBack = undefined;
    this.#rest = '';
  }

  readonly #take = (data: Buffer): void => {
    clearTimeout(this.#timer);
    const { keys, rest } = readKeys(this.#rest + this.#decoder.decode(data, { stream: true }));
    this.#rest = rest;
    if (rest !== '') this.#timer = setTimeout(() => this.#end(), sequenceMs);
    if (keys.length > 0) this.onKeys(keys);
  };

  #end(): void {
    const keys = endKeys(this.#rest);
    this.#rest = '';
    this.onKeys(keys);
  }
}
