import type { Output } from '../render/output.js';

/** The whole of a terminal, on a page of its own: what was there before is there again afterwards. */

const toOwnPage = '\x1b[?1049h\x1b[?25l';
const backToFormer = '\x1b[?25h\x1b[?1049l';
const wipe = '\x1b[2J';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Draws frames of a size until the returned function is called. */
export type Mount = (size: Size, paint: (frame: string) => void) => () => void;

export class OwnPage {
  #unmount: (() => void) | undefined;
  #shown: readonly string[] = [];

  constructor(
    private readonly output: Output,
    private readonly mount: Mount,
  ) {}

  size(): Size {
    return { columns: this.output.columns ?? 80, rows: this.output.rows ?? 24 };
  }

  open(): void {
    this.output.write(toOwnPage);
    this.#draw();
  }

  /** After a resize: whatever the terminal made of the old lines goes. */
  drawAnew(): void {
    if (this.#unmount === undefined) return;
    this.#unmount();
    this.#draw();
  }

  close(): void {
    if (this.#unmount === undefined) return;
    this.#unmount();
    this.#unmount = undefined;
    this.output.write(backToFormer);
  }

  #draw(): void {
    this.output.write(wipe);
    this.#shown = [];
    this.#unmount = this.mount(this.size(), (frame) => this.#paint(frame));
  }

  #paint(frame: string): void {
    const lines = frame.split('\n').slice(0, this.size().rows);
    const changes = frameChanges(this.#shown, lines);
    this.#shown = lines;
    if (changes !== '') this.output.write(changes);
  }
}

/** What turns one frame into the next: only lines that differ are written, each at its place, so that nothing flickers. */
export function frameChanges(before: readonly string[], after: readonly string[]): string {
  const count = Math.max(before.length, after.length);
  const changed = Array.from({ length: count }, (_, index) => index).filter((index) => before[index] !== after[index]);
  // A line is cleared before it is written: behind a full one there is no place left to clear from.
  return changed.map((index) => `\x1b[${index + 1};1H\x1b[2K${after[index] ?? ''}`).join('');
}
