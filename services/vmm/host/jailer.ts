import { findProgram } from '../../../lib/host/preflight.js';
import type { Finding } from '../domain/finding.js';
import { type JailSetting, jailFinding } from '../domain/jail.js';

export interface JailerOptions {
  readonly setting: JailSetting;
  /** The program, by name or path. */
  readonly program: string;
}

/** Whether Firecracker is put in a jail on this host, and why. */
export async function lookAtJailer({ setting, program }: JailerOptions): Promise<Finding> {
  const isRoot = process.geteuid?.() === 0;
  return jailFinding(setting, { isRoot, program, path: await findProgram(program) });
}
