// A place for a suite that touches the machine: what it makes there ends with it, and no other suite sees it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeCgroup, processorSeconds, removeCgroup } from './own-cgroup.mjs';

/** Where iproute2 keeps namespaces that have names. */
const named = '/run/netns';
const inside = `ip link set lo up &&
  mkdir -p ${named} && mount --bind "$1/netns" ${named} && mount --bind "$1/tmp" "$2" &&
  export BANGER_TEST_NAMESPACES=own && shift 2 && exec "$@"`;
/**
 * A cgroup namespace begins with the group that its first process is in. That process then makes room: a group that gives
 * its controllers to others may hold none.
 */
const intoCgroup = 'echo $$ >"$1/cgroup.procs" && shift && exec unshare --cgroup -- "$@"';
const asRoot = `umount --lazy "$1" && mount -t cgroup2 cgroup2 "$1" && mkdir "$1/suite" && echo $$ >"$1/suite/cgroup.procs" &&
  for name in $(cat "$1/cgroup.controllers"); do echo "+$name" >"$1/cgroup.subtree_control" || exit; done &&
  shift && exec "$@"`;

/**
 * Gives `work` the words to put before a command: a network, mounts, cgroups and a temporary folder of its own. What it
 * leaves of processes is killed, and what it has used of the processors can be asked for, where this host has cgroups to
 * know them by.
 */
export async function inOwnNamespaces(work) {
  const folder = mkdtempSync(join(tmpdir(), 'banger-test-'));
  for (const name of ['netns', 'tmp']) {
    mkdirSync(join(folder, name));
    // Whatever the umask is: suites run programs as other users too.
    chmodSync(join(folder, name), 0o1777);
  }
  const cgroup = makeCgroup(basename(folder));
  const enter = cgroup ? ['sh', '-c', intoCgroup, 'sh', cgroup.path, 'sh', '-c', asRoot, 'sh', cgroup.mount] : [];
  const own = ['unshare', '--net', '--mount', '--'];
  try {
    return await work(
      [...own, ...enter, 'sh', '-c', inside, 'sh', folder, tmpdir()],
      () => cgroup && processorSeconds(cgroup.path),
    );
  } finally {
    if (cgroup) await removeCgroup(cgroup.path);
    rmSync(folder, { recursive: true });
  }
}
