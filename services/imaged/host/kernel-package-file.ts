import { basename, join } from 'node:path';
import { commonReasons, hostNotReady, isBangerError } from '../../../lib/errors.js';
import { mkdir, writeFile } from '../../../lib/host/files.js';
import { missingTools } from '../../../lib/host/preflight.js';
import { readTar, type TarEntry, TarProblem } from '../../../lib/host/tar-reader.js';
import { maxVmlinuxBytes } from '../domain/bzimage.js';
import { parseDeb822 } from '../domain/deb822.js';
import { releaseIn } from '../domain/kernel-release.js';
import { readBuildTool, runBuildTool } from './build-tool.js';
import { collect } from './decompress.js';
import { builtinList, isModuleFile, maxModuleBytes } from './module-tree.js';

/** A distribution's kernel with all modules has some 500 MB unpacked, and twice that with debugging data. */
const maxUnpackedBytes = 4 * 1024 * 1024 * 1024;
const maxEntries = 200_000;

/** A Debian package is an archive of ar(1) whose first member says so: deb(5). */
export function isPackage(file: Buffer): boolean {
  return file.toString('latin1', 0, 8) === '!<arch>\n' && file.toString('latin1', 8, 21) === 'debian-binary';
}

export interface KernelInPackage {
  /** The one file in boot/ that is named vmlinuz. */
  readonly image: Buffer;
  /** With a folder for each release, as /lib/modules has. */
  readonly modulesFolder: string;
  readonly package: { readonly name: string; readonly version: string };
}

/**
 * Takes kernel and modules out of a Debian package. No path of the package is ever written to: each module becomes a
 * file of ours, under its plain name. Throws a RangeError when the package is damaged, too large or holds no kernel.
 */
export async function extractKernelPackage(
  path: string,
  folder: string,
  signal: AbortSignal,
): Promise<KernelInPackage> {
  const missing = await missingTools([{ program: 'dpkg-deb', debianPackage: 'dpkg' }]);
  if (missing.length > 0) throw hostNotReady('unpack the kernel', missing);
  const modulesFolder = join(folder, 'modules');
  try {
    const { stdout } = await runBuildTool(['dpkg-deb', '--field', path, 'Package', 'Version'], { signal });
    const fields = parseDeb822(stdout)[0];
    const image = await extract(readBuildTool(['dpkg-deb', '--fsys-tarfile', path], { signal }), modulesFolder);
    const described = { name: fields?.get('package') ?? '', version: fields?.get('version') ?? '' };
    return { image, modulesFolder, package: described };
  } catch (error) {
    if (error instanceof TarProblem || isBangerError(error, commonReasons.COMMAND_FAILED)) {
      throw new RangeError(error.message);
    }
    throw error;
  }
}

async function extract(chunks: AsyncIterable<Buffer>, modulesFolder: string): Promise<Buffer> {
  let image: Buffer | undefined;
  let entries = 0;
  const count = () => {
    if (++entries > maxEntries) throw new RangeError(`it holds more than ${maxEntries} files`);
  };
  for await (const entry of readTar(upTo(maxUnpackedBytes, chunks), count)) {
    if (entry.type !== 'file') continue;
    if (/^(\.\/)?boot\/vmlinuz[^/]*$/.test(entry.name)) {
      if (image) throw new RangeError('it holds more than one kernel');
      image = await collect(entry.content, maxVmlinuxBytes);
    } else await extractModule(entry, modulesFolder);
  }
  if (!image) throw new RangeError('the package holds no kernel: no file boot/vmlinuz-*');
  return image;
}

async function extractModule(entry: TarEntry, modulesFolder: string): Promise<void> {
  const release = /^(?:\.\/)?(?:usr\/)?lib\/modules\/([^/]+)\/./.exec(entry.name)?.[1] ?? '';
  const name = basename(entry.name);
  if (releaseIn(release) !== release || !(isModuleFile(name) || name === builtinList)) return;
  const content = await collect(entry.content, maxModuleBytes);
  await mkdir(join(modulesFolder, release), { recursive: true });
  await writeFile(join(modulesFolder, release, name), content);
}

async function* upTo(limit: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit) throw new RangeError(`it unpacks to more than ${limit} bytes`);
    yield chunk;
  }
}
