import type { IncomingMessage } from 'node:http';
import { delay } from '../clock.js';
import { BangerError } from '../errors.js';
import { fileSize, open, readTextIfExists, removePath, writeFileAtomic } from '../host/files.js';
import { writeAll } from '../host/sparse.js';
import { archiveUnavailable } from './errors.js';
import { ask } from './http.js';

/** Gets a file by HTTP, in as many goes as it takes. */

export interface DownloadOptions {
  /** A file that is larger is given up. */
  readonly maxBytes: number;
  readonly silenceMs?: number;
  /** Pause before another go; doubled each time, as long as nothing comes. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
  /** Hears how many bytes there are, of how many when that is known. */
  readonly onBytes?: (done: number, total: number | undefined) => void;
}

const defaultSilenceMs = 30_000;
const defaultPauseMs = 500;
/** Goes in a row that bring nothing. */
const maxFruitless = 4;

/**
 * Downloads `url` into the file `path`, and goes on where an earlier call or a cut connection has ended, if the server
 * still has the same file: `path`.json keeps which one that is. A server that cannot go on in the middle starts again.
 *
 * Fails with ARCHIVE_UNAVAILABLE or the signal's reason, and keeps what has come, unless it is of no use.
 */
export async function download(url: URL, path: string, options: DownloadOptions): Promise<void> {
  const { pauseMs = defaultPauseMs, signal } = options;
  for (let fruitless = 0; ; ) {
    const before = await fileSize(path);
    try {
      return await go(url, path, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof BangerError) throw error;
      const kept = await fileSize(path);
      fruitless = kept > before ? 0 : fruitless + 1;
      if (fruitless >= maxFruitless) throw archiveUnavailable(url.href, (error as Error).message, kept > 0, error);
      await delay(pauseMs * 2 ** fruitless, signal);
    }
  }
}

/** One request and its answer. */
async function go(url: URL, path: string, options: DownloadOptions): Promise<void> {
  const { silenceMs = defaultSilenceMs, signal } = options;
  const partial = await findPartial(url, path);
  const headers = partial ? { range: `bytes=${partial.bytes}-`, 'if-range': partial.validator } : undefined;
  const answer = await ask({ url, headers: { 'accept-encoding': 'identity', ...headers }, silenceMs, signal });
  try {
    const start = startOf(answer, partial?.bytes ?? 0, url);
    if (start === undefined) {
      // What we have is no part of what the server has now: the next go begins anew.
      await removePath(path);
      throw new Error('the server has another file now');
    }
    if (start === 0) await remember(url, path, answer);
    await take(answer, path, start, url, options);
  } finally {
    answer.destroy();
  }
}

interface Partial {
  readonly bytes: number;
  /** Names exactly one state of the file. */
  readonly validator: string;
}

async function findPartial(url: URL, path: string): Promise<Partial | undefined> {
  const bytes = await fileSize(path);
  const known = JSON.parse((await readTextIfExists(`${path}.json`)) ?? '{}') as { url?: string; validator?: string };
  if (bytes === 0 || known.url !== url.href || !known.validator) return undefined;
  return { bytes, validator: known.validator };
}

async function remember(url: URL, path: string, { headers }: IncomingMessage): Promise<void> {
  // Only a strong ETag names one state of a file: RFC 9110, section 13.1.5.
  const etag = headers.etag?.startsWith('"') ? headers.etag : undefined;
  const validator = etag ?? headers['last-modified'] ?? '';
  await removePath(path);
  await writeFileAtomic(`${path}.json`, JSON.stringify({ url: url.href, validator }));
}

/** Where the body goes in the file; undefined when it does not fit. */
function startOf({ statusCode, headers }: IncomingMessage, have: number, url: URL): number | undefined {
  if (statusCode === 200) return 0;
  if (statusCode === 206) {
    const start = headers['content-range']?.match(/^bytes (\d+)-/)?.[1];
    return Number(start) === have && have > 0 ? have : undefined;
  }
  // It has nothing after what we have: that is all, or another file.
  if (statusCode === 416) return headers['content-range'] === `bytes */${have}` ? have : undefined;
  throw archiveUnavailable(url.href, `the server answers with status ${statusCode}`, have > 0);
}

async function take(answer: IncomingMessage, path: string, start: number, url: URL, options: DownloadOptions) {
  const { maxBytes, signal, onBytes } = options;
  if (answer.statusCode === 416) return;
  const length = answer.headers['content-length'];
  const total = length === undefined ? undefined : start + Number(length);
  if ((total ?? 0) > maxBytes) throw await tooLarge(url, path, maxBytes);
  const file = await open(path, start === 0 ? 'w' : 'r+');
  try {
    let at = start;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      if (at + chunk.length > maxBytes) throw await tooLarge(url, path, maxBytes);
      await writeAll(file, chunk, at);
      at += chunk.length;
      onBytes?.(at, total);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What has come of it is of no use. */
async function tooLarge(url: URL, path: string, maxBytes: number): Promise<BangerError> {
  await removePath(path);
  return archiveUnavailable(url.href, `it is larger than ${maxBytes} bytes`, false);
}
