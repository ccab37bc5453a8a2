import { isBangerError } from '../../../../lib/errors.js';
import { runCommand } from '../../../../lib/host/command.js';
import { stat } from '../../../../lib/host/files.js';
import { findProgram } from '../../../../lib/host/preflight.js';
import type { HypervisorReport } from '../../domain/choice.js';

/** The QEMU program on this host. */
export class QemuProgram {
  /** Asking takes a tenth of a second, and a program does not change while its file does not. */
  #known: { readonly stamp: string; readonly version: string } | undefined;

  constructor(
    /** By name or path. */
    private readonly name: string,
  ) {}

  async inspect(): Promise<HypervisorReport> {
    const program = await findProgram(this.name);
    if (program === undefined) return report({ problem: `its program ${this.name} was not found` });
    try {
      return report({ program, version: await this.#versionOf(program) });
    } catch (error) {
      if (!isBangerError(error)) throw error;
      return report({ program, problem: `its program does not run: ${error.message.split('\n')[0]}` });
    }
  }

  async #versionOf(program: string): Promise<string> {
    const { ino, mtimeMs, size } = await stat(program);
    const stamp = [program, ino, mtimeMs, size].join(' ');
    if (this.#known?.stamp === stamp) return this.#known.version;
    const { stdout } = await runCommand([program, '--version']);
    const version = stdout.match(/version (\S+)/)?.[1] ?? 'unknown';
    this.#known = { stamp, version };
    return version;
  }
}

const remedy = 'apt install qemu-system-x86';

function report({ program = '', version = '', problem }: { program?: string; version?: string; problem?: string }) {
  const usable =
    problem === undefined
      ? { ok: true, detail: `QEMU ${version} is there`, remedy: '' }
      : { ok: false, detail: problem, remedy };
  return { kind: 'qemu' as const, program, version, usable };
}
