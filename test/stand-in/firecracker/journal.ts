import { closeSync, constants, openSync, writeSync } from 'node:fs';

const { O_CREAT, O_NONBLOCK, O_RDWR } = constants;

/** Opened as the real one opens log, metrics and console: made when missing, and overwritten from its start. */
export function openOutput(path: string): number {
  return openSync(path, O_RDWR | O_CREAT | O_NONBLOCK, 0o644);
}

/** Writes what there is room for; returns false when something of it was lost. */
export function writeOutput(fd: number, text: string): boolean {
  const bytes = Buffer.from(text);
  try {
    return writeSync(fd, bytes) === bytes.length;
  } catch (error) {
    // A full pipe, or one that nobody reads any more, loses lines; nobody waits for it.
    if (['EAGAIN', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

type Level = 'Error' | 'Warn' | 'Info' | 'Debug';
const levels = ['off', 'error', 'warn', 'info', 'debug', 'trace'];

interface LogSettings {
  readonly log_path?: string | null;
  readonly level?: string | null;
  readonly show_level?: boolean | null;
  readonly show_log_origin?: boolean | null;
}

/** Log lines: on standard output, until a file is named. */
export class Log {
  #fd = 1;
  #level = 'Info';
  #showLevel = false;
  #showOrigin = false;
  missed = 0;

  constructor(private readonly id: string) {}

  /** Throws when the file cannot be opened. */
  configure(settings: LogSettings): void {
    if (settings.log_path) {
      const before = this.#fd;
      this.#fd = openOutput(settings.log_path);
      if (before !== 1) closeSync(before);
    }
    this.#level = settings.level ?? this.#level;
    this.#showLevel = settings.show_level ?? this.#showLevel;
    this.#showOrigin = settings.show_log_origin ?? this.#showOrigin;
  }

  write(text: string, { level = 'Info', thread = 'main' }: { level?: Level; thread?: string } = {}): void {
    const threshold = levels.indexOf(this.#level.toLowerCase().replace('warning', 'warn'));
    if (levels.indexOf(level.toLowerCase()) > threshold) return;
    const tags = [`${this.id}:${thread}`, ...(this.#showLevel ? [level.toUpperCase()] : [])];
    if (this.#showOrigin) tags.push('stand-in.rs:1');
    if (!writeOutput(this.#fd, `${timestamp()} [${tags.join(':')}] ${text}\n`)) this.missed += 1;
  }
}

/** Local time to the nanosecond, as far as there is one. */
function timestamp(): string {
  return `${new Date().toISOString().slice(0, -1)}000000`;
}
