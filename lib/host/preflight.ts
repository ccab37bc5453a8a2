import { constants } from 'node:fs';
import { access, open, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Precondition } from '../errors.js';
import { lacksOf, notFound, type Observation } from '../finding.js';
import { searchFolders } from './search-path.js';

/** A program that a use case needs, and the Debian package that supplies it. */
export interface Tool {
  readonly program: string;
  readonly debianPackage: string;
  /** What does not work without it, where the rest goes on: then its lack is a warning. */
  readonly without?: string;
}

/** Where a program is, or undefined when PATH has none. A path stands for itself. */
export async function findProgram(program: string): Promise<string | undefined> {
  if (program.includes('/')) return (await isExecutable(program)) ? program : undefined;
  for (const folder of searchFolders()) {
    const path = join(folder, program);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** Where each of the programs is, and what supplies those that are not there. */
export async function lookForTools(tools: readonly Tool[]): Promise<Observation[]> {
  const paths = await Promise.all(tools.map(({ program }) => findProgram(program)));
  return tools.map(({ program, debianPackage, without }, i) => {
    const base = { type: 'TOOL', subject: program } as const;
    const path = paths[i];
    if (path !== undefined) return { ...base, severity: 'ok', found: path, remedy: '' };
    const remedy = `apt install ${debianPackage}`;
    if (without === undefined) return { ...base, severity: 'error', found: notFound, remedy };
    return { ...base, severity: 'warning', found: `${notFound}: ${without}`, remedy };
  });
}

/** What is missing of `tools`, ready for `hostNotReady`. */
export async function missingTools(tools: readonly Tool[]): Promise<Precondition[]> {
  return lacksOf(await lookForTools(tools));
}

const mebibyte = 1024 * 1024;

export interface SpaceNeed {
  /** Or where it will be made. */
  readonly folder: string;
  /** With less it does not work. In bytes, as all here. */
  readonly needed: number;
  /** With less it works for now only. */
  readonly comfortable?: number;
  readonly remedy: string;
}

/** Whether the disk of a folder has room. */
export async function lookForSpace({ folder, needed, comfortable = 0, remedy }: SpaceNeed): Promise<Observation> {
  const { bavail, bsize } = await statfs(await nearestFolder(folder));
  const free = bavail * bsize;
  const wanted = free < needed ? needed : Math.max(needed, comfortable);
  const base = {
    type: 'SPACE',
    subject: `${inMebibytes(wanted)} of disk space in ${folder}`,
    found: `${inMebibytes(free)} are free`,
  } as const;
  if (free >= wanted) return { ...base, severity: 'ok', remedy: '' };
  return { ...base, severity: free < needed ? 'error' : 'warning', remedy };
}

function inMebibytes(bytes: number): string {
  return `${Math.floor(bytes / mebibyte)} MiB`;
}

/** Whether a file or a folder, or the folder that it would be made in, can be written to. */
export async function lookForRightToWrite(path: string, remedy: string): Promise<Observation> {
  const base = { type: 'RIGHT', subject: `the right to write ${path}` } as const;
  try {
    await writable(await nearestFolder(path));
    return { ...base, severity: 'ok', found: 'it is there', remedy: '' };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const found = code === 'EROFS' ? 'the file system is read-only' : `permission denied (${code})`;
    return { ...base, severity: 'error', found, remedy };
  }
}

/** A file is opened: access(2) knows nothing of the capabilities of a user that is not root. */
async function writable(path: string): Promise<void> {
  if (!(await stat(path)).isFile()) return access(path, constants.W_OK);
  await (await open(path, constants.O_WRONLY)).close();
}

/** The path itself when it is there, or the nearest folder above it that is. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) throw error;
    return nearestFolder(dirname(path));
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
