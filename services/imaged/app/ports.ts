import type { AptSource } from '../domain/apt-sources.js';
import type { KernelPayload } from '../domain/bzimage.js';
import type { ContainerConfig } from '../domain/container-config.js';
import type {
  Holder,
  ImageInit,
  ImageManifest,
  KernelManifest,
  ManifestOf,
  ObjectKind,
  ObjectManifest,
} from '../domain/image.js';
import type { ContainerSource, DiskSource, Seen } from '../domain/import-source.js';
import type { KernelModule } from '../domain/initrd.js';
import type { KernelPackage } from '../domain/kernel-package.js';
import type { ImageStep, LoadedRecipe } from '../domain/recipe.js';

/** What imaged's use cases need of the world. */

/** How far a step is. Fields that are left out are unknown. */
export interface StepProgress {
  readonly detail?: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
}

/** What long work gets: a way to say how far it is, and the signal that ends it. */
export interface Work {
  tell(progress: StepProgress): void;
  readonly signal: AbortSignal;
}

/** What is to be made: an object from packages, an image from a container image, or a kernel from a file. */
export type Job = ObjectKind | 'container' | 'kernel import';

export interface Preflight {
  /** Fails with HOST_NOT_READY, naming all that is missing for it. */
  check(job: Job): Promise<void>;
}

export interface Recipes {
  /** By name, or by the path of a user's own. Undefined when there is none of the name. Fails with RECIPE_INVALID. */
  load(reference: string): Promise<LoadedRecipe | undefined>;
  names(): Promise<readonly string[]>;
}

/** Where the packages of an image come from. */
export interface Archive {
  readonly suite: string;
  readonly sources: readonly AptSource[];
  /** Changes when the packages of these sources may have changed. */
  readonly stateDigest: string;
}

/** The host's package manager. */
export interface Packages {
  /** `suite` may be "host". Fetches the package lists when there are none. Fails with NO_APT_SOURCES. */
  archive(suite: string, work: Work): Promise<Archive>;
  /** The package that holds the kernel. Fails with KERNEL_PACKAGE_NOT_FOUND. */
  findKernel(packageName: string, work: Work): Promise<{ readonly suite: string; readonly package: KernelPackage }>;
  /** Downloads and verifies; returns the path of the package file in `folder`. */
  download(wanted: KernelPackage, folder: string, work: Work): Promise<string>;
  /** Fetches the package lists anew. False when we have no right to. */
  refresh(work: Work): Promise<boolean>;
}

/** Makes root file systems. A tree is a folder that only it can change and remove: its files have owners of their own. */
export interface RootfsBuilder {
  /** Installs the packages of a recipe into a new tree in `folder`; returns its path. */
  install(recipe: LoadedRecipe, archive: Archive, folder: string, work: Work): Promise<string>;
  /** Takes a further step in a tree. `cleanup` runs in the tree afterwards. */
  apply(tree: string, step: ImageStep, cleanup: Uint8Array, work: Work): Promise<void>;
  /** Packs a tree into a file. */
  packTree(tree: string, path: string, work: Work): Promise<void>;
  /** Unpacks such a file into a new tree in `folder`; returns its path. */
  unpackTree(path: string, folder: string, work: Work): Promise<string>;
  inspect(tree: string): Promise<InstalledTree>;
  /** Makes a filesystem of the tree at `path`, of `leastMib` MiB or as much more as it needs. */
  makeFileSystem(tree: InstalledTree, path: string, work: Work, leastMib?: number): Promise<void>;
}

/** What a step of a build has left, for builds that come to the same point. */
export interface CachedStep {
  /** The digest of all that went into it. */
  readonly key: string;
  readonly bytes: number;
  /** When it was made or last used, as ISO 8601. */
  readonly useTime: string;
}

/** Results of steps. They are kept within a bound, the last used ones; any of them can go at any time. */
export interface StepCache {
  /** The path of the file that a step has left; undefined when there is none. */
  find(key: string): Promise<string | undefined>;
  /** Keeps what `write` writes to the path that it gets, whole or not at all. */
  put(key: string, write: (path: string) => Promise<void>): Promise<void>;
  /** The last used first. */
  list(): Promise<readonly CachedStep[]>;
  /** Succeeds when it is not there. */
  remove(key: string): Promise<void>;
}

export interface InstalledTree {
  readonly path: string;
  /** As "name=version", sorted. */
  readonly packages: readonly string[];
}

/** Looks at what an import starts from. */
export interface SourceFinder {
  see(path: string, work: Work): Promise<Seen>;
}

/**
 * Container images, by the tools that know them. Fails with IMPORT_SOURCE_NOT_FOUND, IMPORT_REFUSED, IMAGE_TOO_LARGE and
 * REGISTRY_UNAVAILABLE.
 */
export interface ContainerImages {
  /** Makes the source ready to be read from `folder`. Call it first. */
  open(source: ContainerSource, folder: string, work: Work): Promise<void>;
  /** The digest of the image's configuration, which names the content of all its layers. */
  identify(source: ContainerSource, folder: string, work: Work): Promise<string>;
  /** Copies the image into `folder`, with all digests checked. */
  copy(source: ContainerSource, folder: string, work: Work): Promise<void>;
  /** The digest of all that `makeBootable` may add. Fails with HOST_NOT_READY. */
  kitDigest(): Promise<string>;
  /** Unpacks what was copied into `folder`. */
  unpack(source: ContainerSource, folder: string, work: Work): Promise<ContainerTree>;
  /** Adds what the tree lacks to boot and to be logged in to; returns the init that it boots with. */
  makeBootable(tree: ContainerTree, work: Work): Promise<ImageInit>;
  /** Makes a filesystem of the tree at `path`. */
  makeFileSystem(tree: ContainerTree, path: string, work: Work): Promise<void>;
}

export interface ContainerTree {
  readonly path: string;
  readonly config: ContainerConfig;
  /** What to take away of it: devices, which the host must not have. */
  readonly devices: readonly string[];
  /** When anything in its layers was last changed, in seconds since 1970. */
  readonly newest: number;
}

/** What of this host a kernel is imported from: absolute paths. */
export interface KernelPaths {
  readonly file: string;
  /** As /lib/modules/RELEASE is; empty for none. */
  readonly modules: string;
}

export interface KernelBuilder {
  /** The digest of what makes an initrd beside the modules. */
  inputsDigest(): Promise<string>;
  /** Fails with KERNEL_FILE_UNUSABLE when a path does not lead to a file, or to a folder. */
  checkPaths(paths: KernelPaths): Promise<void>;
  /**
   * Takes the kernel out of a bzImage, an ELF vmlinux or a Debian package; what that holds beside it goes to `folder`.
   * Throws a RangeError that says why there is none.
   */
  unpack(file: string, folder: string, work: Work): Promise<UnpackedKernel>;
  /**
   * The modules that a guest needs, in load order, out of a tree as /lib/modules/RELEASE is one. Throws a RangeError
   * that says what is wrong with the tree.
   */
  modules(tree: string, release: string, work: Work): Promise<readonly KernelModule[]>;
  /** Makes the initrd, with these modules, at `path`. */
  makeInitrd(modules: readonly KernelModule[], path: string, work: Work): Promise<void>;
}

export interface UnpackedKernel {
  readonly vmlinux: Buffer;
  readonly payload: KernelPayload;
  /** As `uname -r` says it; empty when the file does not say what it is. */
  readonly release: string;
  /** The Debian package that it came in. */
  readonly package?: { readonly name: string; readonly version: string };
  /** The modules that came with it: a tree as /lib/modules/RELEASE is one. */
  readonly modules?: string;
}

/** File systems with what a VM has changed on its image. */
export interface LayerFiles {
  /** Copies one to `target`. Fails with LAYER_UNUSABLE when it is none; the name is the new image's, for messages. */
  take(layer: { readonly name: string; readonly path: string }, target: string, work: Work): Promise<void>;
}

/** What an installed banger has beside it, to be used without a build. */
export interface RuntimeBundle {
  /** Undefined when there is none. Fails with BUNDLE_INVALID. */
  image(): Promise<Offer<ImageManifest> | undefined>;
  kernel(): Promise<Offer<KernelManifest> | undefined>;
}

/** An object that is not in the store yet. */
export interface Offer<M extends ObjectManifest> {
  /** With the digest that it should have; empty when that is not known before it is taken. */
  readonly manifest: M;
  /** Copies its files into `folder` and checks them; returns the manifest with the digest that they have. Fails with BUNDLE_DAMAGED. */
  take(folder: string, work: Work): Promise<M>;
}

/** The content-addressed store: folders of files that never change. */
export interface Objects {
  /** Gives `work` an empty folder and removes it afterwards, whatever happens. */
  withWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T>;
  /** Writes a file durably. */
  write(path: string, data: Uint8Array): Promise<void>;
  /** The digest and the size of a file. */
  measure(path: string, work: Work): Promise<{ readonly digest: string; readonly bytes: number }>;
  /** Moves the object's files from `folder` into the store, all or nothing. An object that is there already is kept. */
  commit(folder: string, manifest: ObjectManifest): Promise<ObjectManifest>;
  list<K extends ObjectKind>(kind: K): Promise<readonly ManifestOf<K>[]>;
  /** What an object occupies on the disk, in bytes. */
  diskUsage(digest: string): Promise<number>;
  /** The path of a file of an object. */
  filePath(digest: string, file: string): string;
  remove(digest: string): Promise<void>;
  /** What lies among the objects and is none: it lacks a file, or its manifest cannot be read. */
  strays(): Promise<readonly Stray[]>;
  removeStray(stray: Stray): Promise<void>;
  /** Work folders that nobody is at. */
  leftFolders(): Promise<readonly string[]>;
  /** Leaves one that somebody is at. Fails with WORK_FOLDER_MOUNTED when something is mounted below. */
  removeLeftFolder(folder: string): Promise<void>;
  /** Opens an object's files. They can be read to their end, also when the object is removed meanwhile. */
  openFiles(manifest: ObjectManifest): Promise<OpenFiles>;
  /** What work folders occupy, and what is free on the store's file system. */
  usage(): Promise<StoreSpace>;
}

export interface Stray {
  /** Of the folder, in the store. */
  readonly path: string;
  /** That of the object that was there; of other things, their name. */
  readonly digest: string;
  /** What it lies on, as far as its manifest can be read. */
  readonly parent?: string;
  readonly problems: readonly string[];
  readonly bytes: number;
}

export interface OpenFile {
  readonly name: string;
  readonly bytes: number;
  /** Its content, in pieces of at most 1 MiB. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Reads it once; `onBytes` hears how many bytes are done. */
  digest(signal: AbortSignal, onBytes: (done: number) => void): Promise<string>;
}

export interface OpenFiles {
  readonly files: readonly OpenFile[];
  close(): Promise<void>;
}

/** A layer of an image that is written to an archive. */
export interface OpenLayer {
  readonly manifest: ImageManifest;
  readonly opened: OpenFiles;
}

/** A layer that was read from an archive: its file lies in `folder`, under the name that it has in the store. */
export interface UnpackedLayer {
  readonly manifest: ImageManifest;
  readonly folder: string;
}

/** Archives of images, as `image export` writes them. */
export interface ImageArchives {
  /** The bytes of an archive of these layers, the base first. Nothing is read from them once it has ended. */
  pack(layers: readonly OpenLayer[], work: Work): AsyncIterable<Uint8Array>;
  /**
   * Unpacks an archive into `folder`: the layers of one image, the base first. Fails with IMPORT_REFUSED,
   * ARCHIVE_REFUSED or ARCHIVE_DAMAGED. That digests are right is not checked here.
   */
  unpack(path: string, folder: string, work: Work): Promise<readonly UnpackedLayer[]>;
}

/** Disks that another program has made. */
export interface DiskImages {
  /** Copies the disk to `target`, as a raw one. Fails with IMPORT_REFUSED when it is no file system that a guest can mount. */
  take(source: DiskSource, target: string, work: Work): Promise<void>;
  /**
   * Checks the file system from end to end, without repairing anything, and looks at what is in it. Returns the init that
   * it has. Fails with IMPORT_REFUSED when it is damaged, with IMAGE_NOT_BOOTABLE when it lacks what a guest needs.
   */
  check(source: DiskSource, target: string, work: Work): Promise<ImageInit>;
}

export interface StoreSpace {
  readonly workFolders: number;
  readonly workBytes: number;
  readonly freeBytes: number;
}

export interface Lease {
  readonly holder: string;
  /** The VM's name; empty when it is not known. */
  readonly holderName: string;
  /** As they were asked for. */
  readonly imageReference: string;
  readonly kernelReference: string;
  readonly imageDigest: string;
  readonly kernelDigest: string;
}

/** Names of objects, and who holds them. Every change is durable when the method returns. */
export interface Catalog {
  /** Whether it knows neither a name nor a holder, as a new one. */
  isEmpty(): boolean;
  /** Digests by name. */
  tags(kind: ObjectKind): ReadonlyMap<string, string>;
  /** Gives a name to an object, taking it from another. */
  tag(kind: ObjectKind, name: string, digest: string): void;
  /** Takes all names from an object. */
  untag(kind: ObjectKind, digest: string): void;
  untagName(kind: ObjectKind, name: string): void;
  /** The name of the kernel that was chosen as the default; undefined when none was. */
  defaultKernel(): string | undefined;
  /** Undefined takes the choice back. */
  setDefaultKernel(name: string | undefined): void;
  lease(holder: string): Lease | undefined;
  /** Replaces what the holder holds. */
  putLease(lease: Lease): void;
  removeLease(holder: string): void;
  /** Sorted by uid. */
  holders(digest: string): readonly Holder[];
}
