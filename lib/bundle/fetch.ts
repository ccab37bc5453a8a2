import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureFile } from '../host/digest.js';
import {
  copyFile,
  ensureFolder,
  fileSize,
  openFlags,
  pathExists,
  removePath,
  rename,
  rmdir,
  syncFolder,
  withStorageErrors,
} from '../host/files.js';
import { untar } from '../host/untar.js';
import { download } from './download.js';
import { archiveMismatch, archiveUnavailable } from './errors.js';
import { lockForFetch } from './lock.js';
import type { Manifest } from './manifest.js';
import { fetchPlaces } from './places.js';
import { type Bundle, openBundle, verifyBundle } from './read.js';

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Hears what is done now, and how far it is in bytes. */
  readonly onProgress?: (step: string, done: number, total: number | undefined) => void;
  /** As of a download. */
  readonly silenceMs?: number;
  readonly pauseMs?: number;
}

/** Of an archive whose manifest does not tell its size. */
const maxArchiveBytes = 64 * 1024 ** 3;
const maxEntries = 10_000;

type Places = ReturnType<typeof fetchPlaces>;

/**
 * Fetches the archive of a manifest, checks it, unpacks it beside `runtime`, checks what is in it, and puts it in the
 * place of what is there. A crash leaves the former bundle or the new one. An interrupted download is gone on with the
 * next time; all else that is left is cleared away then.
 *
 * Fails with ARCHIVE_UNAVAILABLE, ARCHIVE_MISMATCH, BUNDLE_BUSY, BUNDLE_MISSING, BUNDLE_INVALID, BUNDLE_DAMAGED, as
 * untar() does, or with the signal's reason; then the former bundle is still there.
 */
export async function fetchBundle(manifest: Manifest, runtime: string, options: FetchOptions = {}): Promise<Bundle> {
  const places = fetchPlaces(runtime);
  return withStorageErrors(places.folder, async () => {
    await ensureFolder(places.folder, 0o755);
    const unlock = await lockForFetch(places.lock, runtime);
    try {
      await clearLeftovers(places, runtime);
      await getArchive(manifest, places, options);
      try {
        await unpack(places, options);
        await replace(places, runtime);
      } finally {
        // It is the one that was asked for: if it is of no use, another download changes nothing.
        if (!options.signal?.aborted) await forgetArchive(places);
        await removePath(places.tree);
      }
      return await openBundle(runtime, 'the fetch');
    } finally {
      await unlock();
      // Fails while the beginning of an archive is kept.
      await rmdir(places.folder).catch(() => undefined);
    }
  });
}

async function clearLeftovers(places: Places, runtime: string): Promise<void> {
  await removePath(places.tree);
  if (!(await pathExists(places.former))) return;
  if (await pathExists(runtime)) await removePath(places.former);
  else await rename(places.former, runtime);
}

async function getArchive(manifest: Manifest, places: Places, options: FetchOptions): Promise<void> {
  const { url, sha256 } = manifest;
  const { signal, onProgress } = options;
  const maxBytes = manifest.size ?? maxArchiveBytes;
  if (url.protocol === 'file:') await copyArchive(url, places.archive, maxBytes);
  else {
    const onBytes = (done: number, total: number | undefined) => onProgress?.('download', done, total ?? manifest.size);
    await download(url, places.archive, { ...options, maxBytes, onBytes });
  }
  const total = await fileSize(places.archive);
  const { digest } = await measureFile(places.archive, {
    signal,
    onBytes: (done) => onProgress?.('check the archive', done, total),
  });
  if (digest === `sha256:${sha256}`) return;
  await forgetArchive(places);
  throw archiveMismatch(url.href, sha256, digest.slice('sha256:'.length));
}

/** A copy of our own, for nobody shall change it between check and use; it takes no space where blocks can be shared. */
async function copyArchive(url: URL, path: string, maxBytes: number): Promise<void> {
  const source = fileURLToPath(url);
  const unavailable = (why: string, cause?: unknown) => archiveUnavailable(url.href, why, false, cause);
  if ((await fileSize(source)) > maxBytes) throw unavailable(`it is larger than ${maxBytes} bytes`);
  await removePath(path);
  await copyFile(source, path, openFlags.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
    const isOurs = error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'EISDIR';
    throw isOurs ? unavailable(`it cannot be read (${error.code})`, error) : error;
  });
}

async function unpack(places: Places, { signal, onProgress }: FetchOptions): Promise<void> {
  const onBytes = (done: number) => onProgress?.('unpack', done, undefined);
  await untar(places.archive, places.tree, { maxEntries, durable: true, signal, onBytes });
  const bundle = await openBundle(places.tree, 'the archive');
  await verifyBundle(bundle, { signal, onBytes: (done, total) => onProgress?.('check the files', done, total) });
}

async function replace(places: Places, runtime: string): Promise<void> {
  // Whoever looks between these two finds the former one: openBundle().
  if (await pathExists(runtime)) await rename(runtime, places.former);
  await rename(places.tree, runtime);
  await syncFolder(dirname(runtime));
  await syncFolder(places.folder);
  await removePath(places.former);
}

async function forgetArchive({ archive }: Places): Promise<void> {
  await removePath(archive);
  await removePath(`${archive}.json`);
}
