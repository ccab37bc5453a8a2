// A place for a suite that touches the machine: what it makes there ends with it, and no other suite sees it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where iproute2 keeps namespaces that have names. */
const named = '/run/netns';
const script = `ip link set lo up &&
  mkdir -p ${named} && mount --bind "$1/netns" ${named} && mount --bind "$1/tmp" "$2" &&
  export BANGER_TEST_NAMESPACES=own && shift 2 && exec "$@"`;

/** Gives `work` the words to put before a command: a network, mounts and a temporary folder of its own. */
export async function inOwnNamespaces(work) {
  const folder = mkdtempSync(join(tmpdir(), 'banger-test-'));
  for (const name of ['netns', 'tmp']) {
    mkdirSync(join(folder, name));
    // Whatever the umask is: suites run programs as other users too.
    chmodSync(join(folder, name), 0o1777);
  }
  try {
    return await work(['unshare', '--net', '--mount', '--', 'sh', '-c', script, 'sh', folder, tmpdir()]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
