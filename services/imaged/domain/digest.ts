import { createHash } from 'node:crypto';

/** "sha256:" and the digest of a text, in hexadecimal. */
export function digestOf(text: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** The digest of structured inputs. The order of an object's keys matters: list them in one place only. */
export function digestOfInputs(inputs: object): string {
  return digestOf(JSON.stringify(inputs));
}

/** A kernel is two files: its digest is that of their digests. */
export function kernelDigest(vmlinux: string, initrd: string): string {
  return digestOf(`vmlinux ${vmlinux}\ninitrd ${initrd}\n`);
}
