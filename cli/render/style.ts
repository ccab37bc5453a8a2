import type { Output } from './output.js';

/** How to write for a person at this output. */
export interface Style {
  /** Columns; Infinity off a terminal, where nothing is cut. */
  readonly width: number;
  /** For ages. */
  readonly now: Date;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

const sgr = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
const plain = (text: string) => text;

/** Colours only on a terminal, and not where NO_COLOR is set to anything: no-color.org. */
export function styleFor(output: Output, env: Readonly<Record<string, string | undefined>>): Style {
  const tty = output.isTTY ?? false;
  const colours = tty && !env.NO_COLOR && env.TERM !== 'dumb';
  const paint = (on: number, off: number) => (colours ? sgr(on, off) : plain);
  return {
    width: tty ? (output.columns ?? 80) : Number.POSITIVE_INFINITY,
    now: new Date(),
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
  };
}

/** Without colours and without an end: for tests and files. */
export const plainStyle = (now = new Date()): Style => ({
  width: Number.POSITIVE_INFINITY,
  now,
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
});
