import { elapsed } from './format.js';
import type { Output } from './output.js';
import { cut } from './table.js';
import { printable } from './text.js';

/** How far a command is, on standard error. */
export interface Progress {
  /** Shows what is being done now; a repeat of the same text shows nothing new off a terminal. */
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

const redrawMs = 100;
const clearLine = '\r\x1b[K';

/** One line that changes on a terminal; a line per step elsewhere; nothing when silent. */
export function createProgress(output: Output, silent: boolean): Progress {
  if (silent) return { show: () => undefined, end: () => undefined };
  return output.isTTY ? new LiveLine(output) : new PlainLines(output);
}

class LiveLine implements Progress {
  #text = '';
  #start = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly output: Output) {}

  show(text: string): void {
    this.#text = onOneLine(text);
    if (this.#timer === undefined) {
      this.#start = performance.now();
      this.#timer = setInterval(() => this.#draw(), redrawMs);
      this.#timer.unref();
    }
    this.#draw();
  }

  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.output.write(clearLine);
  }

  #draw(): void {
    const time = ` ${elapsed(performance.now() - this.#start)}`;
    // The last column stays free: a full line makes some terminals wrap.
    const width = (this.output.columns ?? 80) - time.length - 1;
    this.output.write(`${clearLine}${cut(this.#text, width)}${time}`);
  }
}

class PlainLines implements Progress {
  #last = '';
  #start = 0;

  constructor(private readonly output: Output) {}

  show(text: string): void {
    if (text === this.#last) return;
    if (this.#last === '') this.#start = performance.now();
    this.#last = text;
    this.output.write(`${onOneLine(text)} (${elapsed(performance.now() - this.#start)})\n`);
  }

  end(): void {
    this.#last = '';
  }
}

function onOneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' '));
}
