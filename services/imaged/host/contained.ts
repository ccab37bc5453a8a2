/**
 * A namespace of processes and one of mounts: when its first process ends, the kernel ends all others and takes every
 * mount away, so that nothing of a build that was killed is ever left.
 */
const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/** What goes before a program that root lets loose on a tree. */
export const contained = ['unshare', ...namespaces, '--'] as const;

/** As `contained`; without root, in a user namespace with the caller's sub-ids, in which the program is root. */
export function containedAs(isRoot: boolean): readonly string[] {
  return isRoot ? contained : ['unshare', '--map-auto', '--map-root-user', ...namespaces, '--'];
}
