import type { GuestProcess, ShellCommand } from './guest-ports.js';

/** Programs in a guest that do something for us, and say little. */

/** How such a program ended, and what it said. */
export interface ToolEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** More than this is not kept: a message needs no more. */
const maxSaidBytes = 16 * 1024;

/** A program with the rights of the user that one logs in as. */
export function toolCommand(argv: readonly string[]): ShellCommand {
  return { command: { argv, environment: {}, workingDirectory: '', user: '' } };
}

/** Text that a program says, the beginning of it. */
export class Said {
  #pieces: Uint8Array[] = [];
  #length = 0;

  add(data: Uint8Array): void {
    const piece = data.subarray(0, maxSaidBytes - this.#length);
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  get text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}

/** Hears a program out. */
export async function endOfTool(process: GuestProcess): Promise<ToolEnd> {
  const said = { stdout: new Said(), stderr: new Said() };
  for await (const { stream, data } of process.output) said[stream].add(data);
  const { code } = await process.exit();
  return { code, stdout: said.stdout.text, stderr: said.stderr.text };
}

/** The first line says it; those after it follow from it. */
export function reasonIn({ code, stderr }: Pick<ToolEnd, 'code' | 'stderr'>): string {
  return stderr.trim().split('\n')[0] || `the guest's tools ended with exit code ${code} and no word`;
}
