import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Precondition } from '../errors.js';
import { searchFolders } from './search-path.js';

/** A program that a use case needs, and the Debian package that supplies it. */
export interface Tool {
  readonly program: string;
  readonly debianPackage: string;
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

/** What is missing of `tools`, ready for `hostNotReady`. */
export async function missingTools(tools: readonly Tool[]): Promise<Precondition[]> {
  const found = await Promise.all(tools.map((tool) => findProgram(tool.program)));
  return tools
    .filter((_, i) => found[i] === undefined)
    .map((tool) => ({ type: 'TOOL', subject: tool.program, description: `apt install ${tool.debianPackage}` }));
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
