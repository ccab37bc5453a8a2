import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip as gunzipCallback, gzip as gzipCallback } from 'node:zlib';
import { hostNotReady } from '../../../lib/errors.js';
import { readFile, removePath, writeFile } from '../../../lib/host/files.js';
import { missingTools, type Tool } from '../../../lib/host/preflight.js';
import type { Compression, PackedKernel } from '../domain/bzimage.js';
import { decodeLz4Legacy } from '../domain/lz4.js';
import { runBuildTool } from './build-tool.js';

const gunzip = promisify(gunzipCallback);
const gzipOnce = promisify(gzipCallback);

/** The programs for what neither we nor Node can unpack. */
const programs: Readonly<Record<Exclude<Compression, 'lz4' | 'gzip'>, Tool & { readonly suffix: string }>> = {
  zstd: { program: 'zstd', debianPackage: 'zstd', suffix: '.zst' },
  xz: { program: 'xz', debianPackage: 'xz-utils', suffix: '.xz' },
};

/** Unpacks data; `folder` takes files on the way. Throws a RangeError when the data is damaged. */
export async function decompress(packed: PackedKernel, folder: string, signal: AbortSignal): Promise<Buffer> {
  const { compression, data, size } = packed;
  if (compression === 'lz4') return decodeLz4Legacy(data, size);
  if (compression === 'gzip') return gunzip(data).catch(rangeError);
  return byProgram(programs[compression], data, folder, signal);
}

/** The same input gives the same bytes: zlib writes no name and no time. */
export function gzip(data: Uint8Array): Promise<Buffer> {
  return gzipOnce(data, { level: 9 });
}

async function byProgram(tool: Tool & { suffix: string }, data: Buffer, folder: string, signal: AbortSignal) {
  const missing = await missingTools([tool]);
  if (missing.length > 0) throw hostNotReady('unpack the kernel', missing);
  const plain = join(folder, `packed-${randomBytes(6).toString('hex')}`);
  await writeFile(`${plain}${tool.suffix}`, data);
  try {
    await runBuildTool([tool.program, '--decompress', '--quiet', '--keep', `${plain}${tool.suffix}`], { signal });
    return await readFile(plain);
  } finally {
    await removePath(`${plain}${tool.suffix}`);
    await removePath(plain);
  }
}

function rangeError(error: Error): never {
  throw new RangeError(`gzip: ${error.message}`);
}
