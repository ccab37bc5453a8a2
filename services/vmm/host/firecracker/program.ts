import { bundleSteps } from '../../../../lib/bundle/steps.js';
import { hostNotReady, isBangerError } from '../../../../lib/errors.js';
import { runCommand } from '../../../../lib/host/command.js';
import { findProgram } from '../../../../lib/host/preflight.js';
import type { Log } from '../../../../lib/log.js';
import type { HypervisorReport } from '../../domain/choice.js';
import { bad, good } from '../../domain/finding.js';
import { type FirecrackerVersion, isNewerThanKnown, isTooOld, oldest, parseVersion, usableVersion } from './version.js';

/** Firecracker as it is on this host. */
export interface Program {
  /** Absolute. */
  readonly path: string;
  readonly version: FirecrackerVersion;
}

const wayOut =
  `install Firecracker ${oldest} or newer (1.16.1 is recommended): put it on PATH, or name it with \`firecracker\` in [vmm] ` +
  `or BANGER_VMM_FIRECRACKER; or use a runtime bundle that holds it: ${bundleSteps}`;

/** What it is on this host. Starts no guest. */
export async function inspectFirecracker(name: string): Promise<HypervisorReport> {
  const program = await findProgram(name);
  if (program === undefined) return report({ problem: `its program ${name} was not found` });
  try {
    const { stdout } = await runCommand([program, '--version']);
    const version = parseVersion(stdout);
    if (version === undefined) return report({ program, problem: `${program} does not say that it is Firecracker` });
    const { text } = version;
    const tooOld = `${program} is version ${text}, and ${oldest} is the oldest that will do`;
    return report({ program, version: text, problem: isTooOld(version) ? tooOld : undefined });
  } catch (error) {
    if (!isBangerError(error)) throw error;
    return report({ program, problem: `its program does not run: ${error.message}` });
  }
}

/** The program, if we can work with it. `what` completes "cannot …". Fails with HOST_NOT_READY or HYPERVISOR_TOO_OLD. */
export async function usableProgram(what: string, name: string, log?: Log): Promise<Program> {
  const path = await findProgram(name);
  if (path === undefined) throw hostNotReady(what, [{ type: 'TOOL', subject: name, description: wayOut }]);
  const version = await versionOf(what, path);
  if (isNewerThanKnown(version))
    log?.warn({ path, version: version.text }, 'this firecracker is newer than banger knows');
  return { path, version };
}

/** Where the jailer is. `what` completes "cannot …". Fails with HOST_NOT_READY. */
export async function jailerPath(what: string, name: string): Promise<string> {
  const path = await findProgram(name);
  if (path !== undefined) return path;
  const description =
    'it comes with firecracker: put it on the PATH, name it in [vmm] jailer, or set [vmm] jail = "off"';
  throw hostNotReady(what, [{ type: 'TOOL', subject: name, description }]);
}

async function versionOf(what: string, path: string): Promise<FirecrackerVersion> {
  const { stdout } = await runCommand([path, '--version']);
  return usableVersion(what, path, stdout);
}

function report({ program = '', version = '', problem }: { program?: string; version?: string; problem?: string }) {
  const usable = problem === undefined ? good(`Firecracker ${version} is there`) : bad(problem, wayOut);
  return { kind: 'firecracker' as const, program, version, usable };
}
