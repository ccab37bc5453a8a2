import { hostNotReady } from '../../../lib/errors.js';
import { stat } from '../../../lib/host/files.js';
import { missingTools } from '../../../lib/host/preflight.js';
import type { DiskImages, Work } from '../app/ports.js';
import { bootPaths, initAmong, missingForBoot } from '../domain/boot-check.js';
import { imageNotBootable, importRefused } from '../domain/errors.js';
import { fileSystemProblem, headBytes } from '../domain/file-system.js';
import type { ImageInit } from '../domain/image.js';
import type { DiskSource } from '../domain/import-source.js';
import { readQcow2 } from '../domain/qcow2.js';
import { runBuildTool } from './build-tool.js';
import { firstBytes } from './source-content.js';

const timeoutMs = 60 * 60_000;
/** A disk may claim any size: more than any image of ours is a mistake or an attack. */
const maxDiskBytes = 64 * 1024 ** 3;
const tools = [
  { program: 'qemu-img', debianPackage: 'qemu-utils' },
  { program: 'e2fsck', debianPackage: 'e2fsprogs' },
  { program: 'debugfs', debianPackage: 'e2fsprogs' },
  { program: 'setpriv', debianPackage: 'util-linux' },
];

/** Disks and file systems by the tools of QEMU and ext4. What is looked at is our copy, so that nobody changes it. */
export class DiskImageFiles implements DiskImages {
  async take(source: DiskSource, target: string, work: Work): Promise<void> {
    const unused = source.format === 'qcow2' ? [] : ['qemu-img'];
    const missing = await missingTools(tools.filter(({ program }) => !unused.includes(program)));
    if (missing.length > 0) throw hostNotReady(`import ${source.path}`, missing);
    work.tell({ detail: source.path });
    await runBuildTool(await copyArgv(source, target), { signal: work.signal, timeoutMs });
    const problem = fileSystemProblem(await firstBytes(target, headBytes), (await stat(target)).size);
    if (problem !== undefined) throw importRefused(source.path, problem);
  }

  async check(source: DiskSource, target: string, { signal }: Work): Promise<ImageInit> {
    // Bits of the exit code; 4 stands for errors that were left as they are: e2fsck(8).
    const okExitCodes = Array.from({ length: 16 }, (_, code) => code);
    const { stdout, exitCode } = await runBuildTool(['e2fsck', '-f', '-n', target], { signal, timeoutMs, okExitCodes });
    if (exitCode !== 0) throw importRefused(source.path, `its file system is damaged: ${findings(stdout)}`);
    const present = await presentPaths(target, signal);
    const lacking = missingForBoot(present);
    if (lacking.length > 0) throw imageNotBootable(source.path, lacking);
    return initAmong(present);
  }
}

/** The format is always told: a raw disk could pretend to be one that names other files. */
async function copyArgv({ path, format }: DiskSource, target: string): Promise<string[]> {
  const bytes = format === 'qcow2' ? await virtualBytes(path) : BigInt((await stat(path)).size);
  if (bytes > BigInt(maxDiskBytes)) {
    throw importRefused(path, `it is a disk of ${bytes} bytes, and banger takes up to ${maxDiskBytes}`);
  }
  if (format === 'qcow2') return ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', '--', path, target];
  return ['cp', '--reflink=auto', '--sparse=always', '--dereference', '--', path, target];
}

async function virtualBytes(path: string): Promise<bigint> {
  const header = readQcow2(await firstBytes(path, headBytes));
  if ('why' in header) throw importRefused(path, header.why);
  return header.virtualBytes;
}

function findings(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^(Pass \d|e2fsck )/.test(line));
  return lines.slice(0, 3).join('; ');
}

/** debugfs(8) repeats each command before what it says to it: "Inode: …" of what is there. */
async function presentPaths(target: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const stdin = bootPaths.map((path) => `stat ${path}\n`).join('');
  const { stdout } = await runBuildTool(['debugfs', '-f', '/dev/stdin', target], { stdin, signal, timeoutMs });
  const answers = stdout.split(/^debugfs: stat /m).slice(1);
  const found = answers.filter((answer) => /^Inode: \d+/m.test(answer));
  return new Set(found.map((answer) => answer.slice(0, answer.indexOf('\n')).trim()));
}
