import { join } from 'node:path';
import { pathExists, readdir, realpath } from '../../../lib/host/files.js';
import { driversMissing, type KernelModule, wantedModules } from '../domain/initrd.js';
import { loadOrder } from '../domain/load-order.js';
import { builtinModules, canonicalModuleName, moduleDependencies, moduleRelease } from '../domain/modinfo.js';
import { decompress } from './decompress.js';
import { readRegularFile } from './regular-file.js';

/** Modules end on .ko; newer distributions compress them one by one. */
const moduleFile = /^(?<name>.+)\.ko(?:\.(?<compression>xz|zst|gz))?$/;
const compressionOfSuffix = { xz: 'xz', zst: 'zstd', gz: 'gzip' } as const;
/** The list of what is built in. A tree may lack it: then that is not known. */
export const builtinList = 'modules.builtin';

/** The largest of a distribution, amdgpu, has 15 MB. */
export const maxModuleBytes = 64 * 1024 * 1024;
const maxListBytes = 8 * 1024 * 1024;
/** A distribution has some 5000. */
const maxModules = 50_000;
/** What a guest needs, with all that depends on, is some 20. */
const maxLoaded = 500;

export function isModuleFile(name: string): boolean {
  return moduleFile.test(name);
}

/**
 * The modules that a guest needs, with what they depend on, in load order, of a tree as /lib/modules/RELEASE is one.
 * Throws a RangeError that says what is wrong with the tree.
 */
export async function readModules(folder: string, release: string, signal: AbortSignal): Promise<KernelModule[]> {
  const root = await realpath(folder);
  const paths = await modulePaths(root);
  if (paths.size === 0) throw new RangeError('it holds no modules');
  const contents = new Map<string, Buffer>();
  const pending: string[] = [...wantedModules];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const path = paths.get(name);
    if (path === undefined || contents.has(name)) continue;
    if (contents.size >= maxLoaded) throw new RangeError(`its modules need more than ${maxLoaded} others`);
    const content = await named(name, () => readModule(root, path, release, signal));
    contents.set(name, content);
    pending.push(...moduleDependencies(content));
  }
  const builtin = join(root, builtinList);
  if (await pathExists(builtin)) checkDrivers(await readRegularFile(builtin, maxListBytes), contents);
  return inOrder(contents);
}

function inOrder(contents: ReadonlyMap<string, Buffer>): KernelModule[] {
  const order = loadOrder(wantedModules, (name) => {
    const content = contents.get(name);
    return content && moduleDependencies(content);
  });
  return order.map((name) => ({ name, content: contents.get(name) ?? Buffer.alloc(0) }));
}

function checkDrivers(builtin: Buffer, modules: ReadonlyMap<string, Buffer>): void {
  const builtIn = builtinModules(builtin.toString('latin1'));
  const missing = driversMissing((name) => modules.has(name) || builtIn.has(name));
  if (missing.length > 0) throw new RangeError(`the kernel has no driver ${missing.join(', and none ')}`);
}

interface ModulePath {
  readonly path: string;
  readonly isLink: boolean;
}

/** Where each module is, by canonical name. Links to folders are not followed. */
async function modulePaths(root: string): Promise<Map<string, ModulePath>> {
  const found = (await readdir(root, { recursive: true, withFileTypes: true })).filter(({ name }) =>
    isModuleFile(name),
  );
  if (found.length > maxModules) throw new RangeError(`it holds more than ${maxModules} modules`);
  const paths = found.map((entry) => {
    const name = canonicalModuleName(moduleFile.exec(entry.name)?.groups?.name ?? '');
    return [name, { path: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink() }] as const;
  });
  // In an order of its own: of two modules of one name the last is taken, as "updates" comes after "kernel".
  return new Map(paths.sort(([, a], [, b]) => (a.path < b.path ? -1 : 1)));
}

async function readModule(root: string, found: ModulePath, release: string, signal: AbortSignal): Promise<Buffer> {
  const path = found.isLink ? await linkTarget(root, found.path) : found.path;
  const data = await readRegularFile(path, maxModuleBytes);
  const suffix = moduleFile.exec(path)?.groups?.compression as keyof typeof compressionOfSuffix | undefined;
  const content =
    suffix === undefined
      ? data
      : await decompress({ compression: compressionOfSuffix[suffix], data }, maxModuleBytes, signal);
  const own = moduleRelease(content);
  if (own !== undefined && own !== release) throw new RangeError(`it is for ${own}, and the kernel is ${release}`);
  return content;
}

/** Some distributions link modules that fit several releases: within the tree that is as good as a file. */
async function linkTarget(root: string, path: string): Promise<string> {
  const target = await realpath(path).catch(() => undefined);
  if (target?.startsWith(`${root}/`)) return target;
  throw new RangeError(`it is a link that leads ${target === undefined ? 'nowhere' : 'out of the folder'}`);
}

/** Says which module it is that a reader does not understand. */
async function named<T>(name: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`its module ${name} cannot be used: ${error.message}`) : error;
  }
}
