import { elapsed } from './format.js';
import type { Output } from './output.js';
import { cut } from './table.js';
import { printable } from './text.js';

/** How far a command is, on standard error. */
export interface Progress {
  /** Shows what is being done now. Off a terminal a repeat shows nothing new, and numbers that go on do so now and then. */
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

const redrawMs = 100;
/** How long a count goes on before it is told again, where each telling is a line of a log. */
const countMs = 10_000;
const clearLine = '\r\x1b[K';

/** One line that changes on a terminal; a line per step elsewhere; nothing when silent. */
export function createProgress(output: Output, silent: boolean, now = () => performance.now()): Progress {
  if (silent) return { show: () => undefined, end: () => undefined };
  return output.isTTY ? new LiveLine(output) : new PlainLines(output, now);
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
  #told = 0;

  constructor(
    private readonly output: Output,
    private readonly now: () => number,
  ) {}

  show(text: string): void {
    const now = this.now();
    if (text === this.#last) return;
    if (stepOf(text) === stepOf(this.#last) && now - this.#told < countMs) return;
    if (this.#last === '') this.#start = now;
    this.#last = text;
    this.#told = now;
    this.output.write(`${onOneLine(text)} (${elapsed(now - this.#start)})\n`);
  }

  end(): void {
    this.#last = '';
  }
}

/** A text without its numbers: the same one while something is counted. */
function stepOf(text: string): string {
  return text.replace(/[\d.]+( [KMGT]?i?B\b)?/g, '');
}

function onOneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' '));
}
