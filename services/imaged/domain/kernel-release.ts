/** The names that kernels give themselves: what `uname -r` says, such as "6.1.0-56-cloud-amd64". */

/** It becomes a name and a folder's name. At most 64 characters: the field of uname(2). */
const releasePattern = /^\d[A-Za-z0-9._+~-]{0,63}$/;
const bannerLead = 'Linux version ';
const longestRelease = 64;

/** The release at the beginning of a text, such as "6.1.0-1-amd64 (builder@host) #1 SMP …". */
export function releaseIn(text: string): string | undefined {
  const [word = ''] = text.split(/[\s\0]/, 1);
  return releasePattern.test(word) ? word : undefined;
}

/** The release in the banner that an unpacked kernel holds: the first that is one. */
export function findRelease(vmlinux: Buffer): string | undefined {
  for (let at = vmlinux.indexOf(bannerLead); at >= 0; at = vmlinux.indexOf(bannerLead, at + 1)) {
    const start = at + bannerLead.length;
    const release = releaseIn(vmlinux.toString('latin1', start, start + longestRelease + 1));
    if (release !== undefined) return release;
  }
  return undefined;
}

/** The name that a kernel goes by unless another is asked for. */
export function nameOfRelease(release: string): string {
  return release
    .toLowerCase()
    .replaceAll(/[+~]/g, '-')
    .slice(0, 63)
    .replace(/[._-]+$/, '');
}
