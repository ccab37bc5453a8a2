import { createHash } from 'node:crypto';
import type { Metadata } from '../bundle/metadata.js';

/** A small runtime bundle, for tests. */

export const bundleFiles: Readonly<Record<string, string>> = {
  vmlinux: 'a kernel',
  initrd: 'an initrd',
  'rootfs.ext4': 'a root file system',
  firecracker: '#!/bin/sh\necho Firecracker v1.16.1\n',
};

export const sha256Of = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

export function sampleMetadata(): Metadata {
  const provenance = { source: 'debian', suite: 'bookworm', packages: ['bash=5'], inputDigest: '' };
  return {
    format: 1,
    version: '0.1.0',
    kernel: {
      name: '6.1.0-56-cloud-amd64',
      digest: '',
      release: '6.1.0-56-cloud-amd64',
      initrdFormat: 1,
      vmlinux: 'vmlinux',
      initrd: 'initrd',
      modules: ['overlay', 'virtio'],
      provenance: { ...provenance, source: 'linux-image-6.1.0-56-cloud-amd64' },
    },
    rootfs: {
      name: 'debian',
      digest: `sha256:${sha256Of(bundleFiles['rootfs.ext4'] ?? '')}`,
      init: 'system',
      defaultUser: 'root',
      path: 'rootfs.ext4',
      provenance,
    },
    programs: { firecracker: 'firecracker' },
    files: Object.fromEntries(
      Object.entries(bundleFiles).map(([name, text]) => [name, { sha256: sha256Of(text), size: text.length }]),
    ),
    licences: [
      { part: 'firecracker', licence: 'Apache-2.0', source: 'https://github.com/firecracker-microvm/firecracker' },
    ],
  };
}
