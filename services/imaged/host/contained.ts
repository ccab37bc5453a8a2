import { removePath } from '../../../lib/host/files.js';
import { runBuildTool } from './build-tool.js';

/**
 * A namespace of processes and one of mounts: when its first process ends, the kernel ends all others and takes every
 * mount away, so that nothing of a build that was killed is ever left.
 */
const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/**
 * Without root, a namespace of users comes first: we are root in it, and its other users are ids that this host has set
 * aside for us in /etc/subuid. Entering it makes the kernel forget whose end we end with, so that is asked for again.
 */
const ownUsers = ['unshare', '--user', '--map-auto', '--map-root-user', '--'] as const;
const endWithParent = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;

/** What makes us root for programs that work on trees; nothing when we are. */
export function asRoot(isRoot: boolean): readonly string[] {
  return isRoot ? [] : [...ownUsers, ...endWithParent];
}

/** What goes before a program that runs what others wrote. `offline` gives it a network that leads nowhere. */
export function contained(isRoot: boolean, { offline = false } = {}): string[] {
  return [...asRoot(isRoot), ...namespaces, '--ipc', '--uts', ...(offline ? ['--net'] : []), '--'];
}

/** Removes a tree, also one with files that belong to other users of ours. Succeeds when it is not there. */
export async function removeTree(path: string): Promise<void> {
  try {
    await removePath(path);
  } catch (error) {
    const isRoot = process.getuid?.() === 0;
    if (isRoot || !['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await runBuildTool([...asRoot(isRoot), 'rm', '-rf', '--', path]);
  }
}
