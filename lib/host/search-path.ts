import { delimiter } from 'node:path';

/** Where ip, nft and mke2fs live; the PATH of a daemon or of a user may lack them. */
const systemFolders = ['/usr/sbin', '/sbin'];

/** The folders in which programs are looked for: those of PATH, then the system's. */
export function searchFolders(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...folders, ...systemFolders])];
}

/** The environment of a program that we start: it finds what we find. */
export function programEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: searchFolders().join(delimiter), ...extra };
}
