import { readFileSync } from 'node:fs';

/** What a real Firecracker was sent, and what it answered. */
export interface Case {
  readonly scenario: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly response?: unknown;
  readonly deprecation?: boolean;
  readonly note?: string;
  /** How the process ended on this answer; null for one that lives on. */
  readonly process_exit?: number | null;
  /** A run of the program instead of a request. A negative exit is a signal. */
  readonly argv?: readonly string[] | string;
  readonly exit?: number;
  readonly output?: string;
  readonly stderr?: string;
}

/** Where the recordings say that everything was. */
export const recordedFolder = '/run/banger/vm-a';

/** How long the path was that stands for, as the columns in the faults tell. */
export const recordedFolderLength = 9;

const file = new URL('./firecracker-recorded.json', import.meta.url);
export const cases = (JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] }).cases;
