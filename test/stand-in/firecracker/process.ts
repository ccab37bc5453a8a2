import type { Log } from './journal.js';
import { writeOutput } from './journal.js';

/** How the process ends, and what it says then. */

/** An end with an error: its last word is for standard error, the others are logged. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code: number,
    /** What Rust's debugging output calls it. */
    readonly kind: string,
  ) {
    super(message);
  }
}

export function endWell(log: Log): never {
  log.write('Firecracker exiting successfully. exit_code=0');
  process.exit(0);
}

export function endBadly(log: Log, { message, code, kind }: Failure): never {
  log.write(message, { level: 'Error' });
  log.write(`Firecracker exiting with error. exit_code=${code}`, { level: 'Error' });
  writeOutput(2, `Error: ${kind}\n`);
  process.exit(code);
}

/** A mistake that the program was not written for: SIGABRT, as by a panic. */
export function panic(log: Log, place: string, why: string): void {
  log.write(`Firecracker panicked at src/firecracker/src/main.rs:${place}:\n${why}`, { level: 'Error' });
  process.kill(process.pid, 'SIGABRT');
}
