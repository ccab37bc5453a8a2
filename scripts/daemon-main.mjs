// The main.js of every service and of the supervisor in dist/: runs the bundle beside it, main.cjs, with V8's code cache of
// it, main.cache, without which a start takes twice as long. The cache lies where the bundle does, so that whoever could
// give a process other code by the one could by the other; and it is made by `npm run build`, never by a service.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const filename = fileURLToPath(new URL('main.cjs', import.meta.url));
const folder = dirname(filename);
const bundle = readFileSync(filename);
const sealBytes = 32;

/**
 * Stands before a cache. V8 takes one for any source of the same length, and one with a wrong byte in it ends the process:
 * it is looked at only when it is whole, and of this bundle, this Node and this kind of processor. Flags V8 checks itself.
 */
export function sealOf(cache) {
  return createHash('sha256').update(`${process.version} ${process.arch}\n`).update(bundle).update(cache).digest();
}

function readCache() {
  try {
    const stored = readFileSync(fileURLToPath(new URL('main.cache', import.meta.url)));
    const cache = stored.subarray(sealBytes);
    return stored.subarray(0, sealBytes).equals(sealOf(cache)) ? cache : undefined;
  } catch {
    // Slower, but well.
    return undefined;
  }
}

// For stacks, as in "netd/main.cjs:70:12". V8 keeps it in the cache, which is made in one place and used in others.
const name = `${basename(folder)}/main.cjs`;
// esbuild writes plain ASCII.
const source = `(function (require, __filename, __dirname, moduleUrl) {${bundle.latin1Slice()}\n})`;
/** For who makes the cache: scripts/lib/make-code-cache.mjs. */
export const script = new Script(source, { filename: name, cachedData: readCache() });
script.runInThisContext()(createRequire(import.meta.url), filename, folder, import.meta.url);
