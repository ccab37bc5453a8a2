import type { ImageInit } from './image.js';

/** What a guest cannot boot without, as paths of which one must be there: guest/initramfs-init and guest/light-init. */
const needed = [
  { what: 'the folder /usr/lib/banger/own', paths: ['/usr/lib/banger/own'] },
  { what: 'the program /usr/lib/banger/light-init', paths: ['/usr/lib/banger/light-init'] },
  { what: 'an ssh server (/usr/sbin/sshd or /usr/sbin/dropbear)', paths: ['/usr/sbin/sshd', '/usr/sbin/dropbear'] },
] as const;
const systemd = '/usr/lib/systemd/systemd';

/** All paths to look at. */
export const bootPaths: readonly string[] = [...needed.flatMap(({ paths }) => paths), systemd];

/** What a tree with these paths lacks, for people. */
export function missingForBoot(present: ReadonlySet<string>): string[] {
  return needed.filter(({ paths }) => !paths.some((path) => present.has(path))).map(({ what }) => what);
}

/** The init of a tree with these paths. */
export function initAmong(present: ReadonlySet<string>): ImageInit {
  return present.has(systemd) ? 'system' : 'light';
}
