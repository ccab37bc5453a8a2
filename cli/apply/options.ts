import type { OptionSpec } from '../define-command.js';

/** Apart from what reads a file, which help does not need. */

export const fileOption = {
  type: 'text',
  alias: 'f',
  summary: 'The file, or - for standard input; banger.toml unless given',
} as const satisfies OptionSpec;

export const planOption = {
  type: 'flag',
  summary: 'Only show what would be done, and change nothing',
} as const satisfies OptionSpec;

export const exitCodeOption = {
  type: 'flag',
  summary: 'With --plan: end with 10 when there is something to do',
} as const satisfies OptionSpec;
