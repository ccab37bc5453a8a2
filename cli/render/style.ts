import picocolors from 'picocolors';
import type { Output } from './output.js';

/** How to write for a person at this output. */
export interface Style {
  /** Columns; Infinity off a terminal, where nothing is cut. */
  readonly width: number;
  /** Whether columns are wanted that few look at. */
  readonly wide: boolean;
  /** For ages. */
  readonly now: Date;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Colours only on a terminal, and not where NO_COLOR is set to anything: no-color.org. */
export function styleFor(output: Output, env: Readonly<Record<string, string | undefined>>, wide = false): Style {
  const tty = output.isTTY ?? false;
  const { bold, dim, red, green, yellow } = picocolors.createColors(tty && !env.NO_COLOR && env.TERM !== 'dumb');
  const width = tty && !wide ? (output.columns ?? 80) : Number.POSITIVE_INFINITY;
  return { width, wide, now: new Date(), bold, dim, red, green, yellow };
}
