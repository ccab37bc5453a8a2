import { promisify } from 'node:util';
import { gunzip as gunzipCallback, gzip as gzipCallback } from 'node:zlib';
import { commonReasons, hostNotReady, isBangerError } from '../../../lib/errors.js';
import { missingTools, type Tool } from '../../../lib/host/preflight.js';
import type { Compression, Packed, PackedKernel } from '../domain/bzimage.js';
import { decodeLz4Legacy } from '../domain/lz4.js';
import { readBuildTool } from './build-tool.js';

const gunzip = promisify(gunzipCallback);
const gzipOnce = promisify(gzipCallback);

/** The programs for what neither we nor Node can unpack. */
const programs: Readonly<Record<Exclude<Compression, 'lz4' | 'gzip'>, Tool>> = {
  zstd: { program: 'zstd', debianPackage: 'zstd' },
  xz: { program: 'xz', debianPackage: 'xz-utils' },
};

/** Unpacks vmlinux. Throws a RangeError when the data is damaged, or is not what it announces to be. */
export async function unpackKernel(packed: PackedKernel, signal: AbortSignal): Promise<Buffer> {
  const { compression, data, size } = packed;
  const vmlinux = compression === 'lz4' ? decodeLz4Legacy(data, size) : await decompress(packed, size, signal);
  if (vmlinux.length !== size)
    throw new RangeError(`it unpacked to ${vmlinux.length} bytes, not the announced ${size}`);
  return vmlinux;
}

/** Unpacks data into at most `limit` bytes. Throws a RangeError when the data is damaged, or would be more. */
export async function decompress({ compression, data }: Packed, limit: number, signal: AbortSignal): Promise<Buffer> {
  if (compression === 'lz4') throw new RangeError('only kernels are packed as a legacy frame of lz4');
  if (compression === 'gzip') return gunzip(data, { maxOutputLength: Math.max(limit, 1) }).catch(rangeError);
  const tool = programs[compression];
  const missing = await missingTools([tool]);
  if (missing.length > 0) throw hostNotReady('unpack the kernel', missing);
  return byProgram(tool.program, data, limit, signal);
}

/** The same input gives the same bytes: zlib writes no name and no time. */
export function gzip(data: Uint8Array): Promise<Buffer> {
  return gzipOnce(data, { level: 9 });
}

async function byProgram(program: string, data: Buffer, limit: number, signal: AbortSignal): Promise<Buffer> {
  try {
    const output = readBuildTool([program, '--decompress', '--stdout', '--quiet'], { input: data, signal });
    return await collect(output, limit);
  } catch (error) {
    if (isBangerError(error, commonReasons.COMMAND_FAILED)) throw new RangeError(error.message);
    throw error;
  }
}

/** All bytes of a stream. Throws a RangeError, and ends the stream, as soon as they are more than `limit`. */
export async function collect(chunks: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit) throw new RangeError(`it unpacks to more than ${limit} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts, bytes);
}

function rangeError(error: NodeJS.ErrnoException): never {
  throw new RangeError(
    error.code === 'ERR_BUFFER_TOO_LARGE' ? 'it unpacks to more than it may' : `gzip: ${error.message}`,
  );
}
