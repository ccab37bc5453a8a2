import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a stream of bytes into lines, wherever its chunks end: within a character, or between "\r" and "\n". A lone "\r"
 * ends a line too, for that is how programs draw their progress.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #afterReturn = false;

  constructor(private readonly onLine: (line: string) => void) {}

  write(chunk: Buffer): void {
    this.#add(this.#decoder.write(chunk));
  }

  /** Gives the last line when nothing ended it. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#rest !== '') this.onLine(this.#rest);
    this.#rest = '';
  }

  #add(text: string): void {
    if (text === '') return;
    const fresh = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#afterReturn = text.endsWith('\r');
    const lines = (this.#rest + fresh).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
  }
}
