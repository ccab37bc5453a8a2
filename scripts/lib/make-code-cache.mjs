// A process of its own that code-cache.mjs starts: runs the main.js in the folder that MAKE_CODE_CACHE_IN names, and
// writes main.cache beside it as it ends.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const folder = process.env.MAKE_CODE_CACHE_IN;
// Whether the garbage collector came by is not to be seen in the cache. Set back before it is made, for V8 takes one only
// under the flags that it was made under.
setFlagsFromString('--no-flush-bytecode');
const { script, sealOf } = await import(pathToFileURL(join(folder, 'main.js')).href);
process.on('exit', (code) => {
  if (code !== 0) return;
  setFlagsFromString('--flush-bytecode');
  const cache = script.createCachedData();
  writeFileSync(join(folder, 'main.cache'), Buffer.concat([sealOf(cache), cache]));
});
// The supervisor has nothing that it could wait for, and what it does next is to start services.
if (folder.endsWith('/supervisor')) process.exit(0);
