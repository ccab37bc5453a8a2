import { once } from 'node:events';
import { basename, dirname } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { BangerError, commonReasons } from '../errors.js';
import { spawnChild } from './spawn.js';

/**
 * Trees as tar archives, by tar(1): it knows every kind of file, and writes nothing outside the folder that it is given, for
 * links that lead out of it are made last.
 */

/** Files that changed while they were read: GNU tar's manual, "Return Status". */
const changedMeanwhile = 1;

/** A folder as its members below "./", anything else as the one member of its name. Fails with COMMAND_FAILED. */
export async function* packTree(path: string, isFolder: boolean, signal: AbortSignal): AsyncGenerator<Buffer> {
  const what = isFolder ? ['-C', path, '.'] : ['-h', '-C', dirname(path), '--', basename(path)];
  const child = spawnChild(['tar', '-c', '-f', '-', ...what], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const said = textOf(child.stderr as NodeJS.ReadableStream);
  const stop = () => child.kill();
  signal.addEventListener('abort', stop);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const [code] = await ended;
    signal.throwIfAborted();
    if (code !== 0 && code !== changedMeanwhile) throw tarFailed(`pack ${path}`, await said);
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill();
  }
}

/** Unpacks an archive into a folder that is there; all files are ours. Fails with COMMAND_FAILED. */
export async function unpackTree(folder: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const child = spawnChild(['tar', '-x', '-f', '-', '--no-same-owner', '-C', folder], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const said = textOf(child.stderr as NodeJS.ReadableStream);
  const { stdin } = child;
  if (!stdin) throw new TypeError('tar has no standard input');
  // One that ends early says why at its end.
  stdin.on('error', () => undefined);
  try {
    for await (const piece of archive) {
      if (!stdin.writable) break;
      if (!stdin.write(piece)) await Promise.race([once(stdin, 'drain'), ended]);
    }
    stdin.end();
    const [code] = await ended;
    if (code !== 0) throw tarFailed(`unpack into ${folder}`, await said);
  } finally {
    child.kill();
  }
}

/** `what` completes "cannot …". Its first line says it. */
function tarFailed(what: string, said: string): BangerError {
  const why = said.split('\n')[0]?.replace(/^tar: /, '') ?? '';
  return new BangerError('wrong-state', commonReasons.COMMAND_FAILED, `cannot ${what}: ${why}`);
}
