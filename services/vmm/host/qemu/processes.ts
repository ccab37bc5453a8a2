import { readdir } from '../../../../lib/host/files.js';
import { commandLine, identify, isOurUsers } from '../../../../lib/host/process.js';
import type { FoundMachine } from '../../domain/traces.js';
import type { VmPaths } from '../vm-paths.js';
import { uidOfArgs } from './args.js';

/** All QEMU processes that bear our mark. */
export async function qemuProcesses(paths: VmPaths): Promise<FoundMachine[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.map((pid) => processAt(pid, paths)).filter((found) => found !== undefined);
}

/** The VM that the process with this pid runs; undefined when it is none of ours. */
export function processAt(pid: number, paths: VmPaths): FoundMachine | undefined {
  const uid = uidOfArgs(commandLine(pid) ?? [], (each) => paths.qmpSocket(each));
  // Everyone may start a program with our command line; only our own user may start ours.
  const process = uid !== undefined && isOurUsers(pid) ? identify(pid) : undefined;
  return uid !== undefined && process ? { uid, kind: 'qemu', process } : undefined;
}
