import type { KernelPayload } from './bzimage.js';
import type { KernelEntry } from './kernel-elf.js';
import { nameOfRelease } from './kernel-release.js';

/** What VMs boot from. Objects are named by the digest of their content and never change; names are tags on them. */

import type { ContainerConfig } from './container-config.js';

export const imageInits = ['system', 'light'] as const;
/** The init that an image boots with: the distribution's, or banger's small one. Every image holds both. */
export type ImageInit = (typeof imageInits)[number];

/** What an object was made of. */
export interface Provenance {
  /** The recipe or package. */
  readonly source: string;
  readonly suite: string;
  /** As "name=version". */
  readonly packages: readonly string[];
  /** The digest of all inputs: a build with the same inputs is not repeated. */
  readonly inputDigest: string;
  /** How it would run as a container, when it was one. */
  readonly container?: ContainerConfig;
}

interface Manifest {
  /** "sha256:" and 64 hexadecimal digits. */
  readonly digest: string;
  /** ISO 8601. */
  readonly createTime: string;
  readonly provenance: Provenance;
  /** The name that its maker asked for; absent when it goes by what it was made of. */
  readonly wantedName?: string;
}

/**
 * A root filesystem: `rootfs.ext4`, and its digest is the file's. Or what was changed on top of another image, as
 * `layer.ext4`: its digest covers both. domain/layers.ts.
 */
export interface ImageManifest extends Manifest {
  readonly kind: 'image';
  /** The digest of the image that this one is a layer on; absent when it stands alone. */
  readonly parent?: string;
  readonly sizeBytes: number;
  readonly init: ImageInit;
  readonly defaultUser: string;
}

/** A kernel: `vmlinux` and `initrd`. Its digest covers both. */
export interface KernelManifest extends Manifest {
  readonly kind: 'kernel';
  readonly release: string;
  readonly vmlinuxBytes: number;
  readonly initrdBytes: number;
  /** What its initrd understands, as `initrdFormat` in domain/initrd.ts counts it; absent for 1. */
  readonly initrdFormat?: number;
  /** What it is; absent in objects that were made before this was recorded. */
  readonly traits?: KernelTraits;
}

export interface KernelTraits {
  /** The doors by which it can be booted: at least one. */
  readonly entries: readonly KernelEntry[];
  readonly payload: KernelPayload;
  /** The modules in the initrd, in load order. */
  readonly modules: readonly string[];
}

/** What stands in an object's manifest.json. */
export type ObjectManifest = ImageManifest | KernelManifest;
export type ObjectKind = ObjectManifest['kind'];
export type ManifestOf<K extends ObjectKind> = Extract<ObjectManifest, { kind: K }>;

/** The tag that an object is made under: the one asked for, or the recipe's name, or the kernel's release. */
export function nameFor(manifest: ObjectManifest): string {
  if (manifest.wantedName !== undefined) return manifest.wantedName;
  return manifest.kind === 'image' ? manifest.provenance.source : nameOfRelease(manifest.release);
}

/** The longest that a name may be, in characters: domain/reference.ts. */
const maxNameLength = 63;
const shownDigits = 12;

/** A name that no other object has. */
export function nameWithDigest(name: string, digest: string): string {
  const digits = digest.slice('sha256:'.length).slice(0, shownDigits);
  return `${name.slice(0, maxNameLength - shownDigits - 1)}-${digits}`;
}

/** The files of an object, beside its manifest. */
export function objectFiles(manifest: ObjectManifest): readonly string[] {
  return manifest.kind === 'image' ? [imageFile(manifest)] : ['vmlinux', 'initrd'];
}

/** The name of the one file of an image. */
export function imageFile({ parent }: Pick<ImageManifest, 'parent'>): string {
  return parent === undefined ? 'rootfs.ext4' : 'layer.ext4';
}

/** A VM that holds an object. */
export interface Holder {
  readonly uid: string;
  /** Empty when it is not known. */
  readonly name: string;
}

/** An object as people see it: with its names and with who holds it. */
export type Stored<M extends ObjectManifest> = M & {
  /** The first of its names; empty when it has lost them all while a VM holds it. */
  readonly name: string;
  /** Sorted. */
  readonly names: readonly string[];
  /** What the layers below it occupy on the disk, in bytes. */
  readonly sharedBytes: number;
  /** What it occupies alone. */
  readonly diskUsageBytes: number;
  /** Sorted by uid. */
  readonly holders: readonly Holder[];
};

export type Image = Stored<ImageManifest>;
export type Kernel = Stored<KernelManifest>;

/**
 * The kernel that VMs get when they name none: the one that was chosen, by its digest, or else the one that was made
 * last. Objects without a name are on their way out.
 */
export function defaultKernel(kernels: readonly Kernel[], chosen: string | undefined): Kernel | undefined {
  const named = kernels.filter((kernel) => kernel.name !== '');
  const newest = () =>
    named.reduce<Kernel | undefined>((a, b) => (a && a.createTime >= b.createTime ? a : b), undefined);
  return named.find(({ digest }) => digest === chosen) ?? newest();
}
