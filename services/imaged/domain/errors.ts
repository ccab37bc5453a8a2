import { BangerError, commonReasons } from '../../../lib/errors.js';
import type { Holder, ObjectKind } from './image.js';

/** Every reason that imaged gives of its own. */
export const reasons = {
  RECIPE_NOT_FOUND: 'RECIPE_NOT_FOUND',
  RECIPE_INVALID: 'RECIPE_INVALID',
  IMAGE_NOT_FOUND: 'IMAGE_NOT_FOUND',
  KERNEL_NOT_FOUND: 'KERNEL_NOT_FOUND',
  IMAGE_IN_USE: 'IMAGE_IN_USE',
  KERNEL_IN_USE: 'KERNEL_IN_USE',
  BUILD_FAILED: 'BUILD_FAILED',
  KERNEL_PACKAGE_NOT_FOUND: 'KERNEL_PACKAGE_NOT_FOUND',
  KERNEL_UNREADABLE: 'KERNEL_UNREADABLE',
  KERNEL_UNBOOTABLE: 'KERNEL_UNBOOTABLE',
  KERNEL_FILE_UNUSABLE: 'KERNEL_FILE_UNUSABLE',
  KERNEL_MODULES_UNUSABLE: 'KERNEL_MODULES_UNUSABLE',
  NO_APT_SOURCES: 'NO_APT_SOURCES',
  ARCHITECTURE_UNSUPPORTED: 'ARCHITECTURE_UNSUPPORTED',
  STORE_IN_USE: 'STORE_IN_USE',
  WORK_FOLDER_MOUNTED: 'WORK_FOLDER_MOUNTED',
  IMAGE_INCOMPLETE: 'IMAGE_INCOMPLETE',
  IMAGE_TOO_DEEP: 'IMAGE_TOO_DEEP',
  LAYER_UNUSABLE: 'LAYER_UNUSABLE',
  KERNEL_TOO_OLD: 'KERNEL_TOO_OLD',
  IMPORT_SOURCE_NOT_FOUND: 'IMPORT_SOURCE_NOT_FOUND',
  IMPORT_SOURCE_UNKNOWN: 'IMPORT_SOURCE_UNKNOWN',
  IMPORT_REFUSED: 'IMPORT_REFUSED',
  IMAGE_TOO_LARGE: 'IMAGE_TOO_LARGE',
  REGISTRY_UNAVAILABLE: 'REGISTRY_UNAVAILABLE',
  IMAGE_NOT_BOOTABLE: 'IMAGE_NOT_BOOTABLE',
  IMAGE_DAMAGED: 'IMAGE_DAMAGED',
  KERNEL_DAMAGED: 'KERNEL_DAMAGED',
  IMAGE_NAME_TAKEN: 'IMAGE_NAME_TAKEN',
} as const;

export function recipeNotFound(recipe: string, known: readonly string[]): BangerError {
  const message = `cannot build image ${recipe}: there is no such recipe; banger has ${listed(known)}`;
  return new BangerError('not-found', reasons.RECIPE_NOT_FOUND, message, { metadata: { recipe } });
}

export function recipeInvalid(recipe: string, path: string, problems: readonly string[]): BangerError {
  const message = `cannot build image ${recipe}: its recipe ${path} is wrong: ${problems.join('; ')}`;
  return new BangerError('invalid', reasons.RECIPE_INVALID, message, { metadata: { recipe, path } });
}

/** What exists, and what could be built, for the message that something does not exist. */
export interface Alternatives {
  readonly names: readonly string[];
  readonly recipes: readonly string[];
}

export function imageNotFound(image: string, { names, recipes }: Alternatives): BangerError {
  const recipe = recipes.includes(image) ? image : (recipes[0] ?? 'NAME');
  const message = `there is no image ${image} (${existing('image', names)}); build one with \`banger image build ${recipe}\``;
  return new BangerError('not-found', reasons.IMAGE_NOT_FOUND, message, { metadata: { image } });
}

/** `kernel` is empty when the default was asked for. */
export function kernelNotFound(kernel: string, { names }: Alternatives): BangerError {
  const which = kernel === '' ? 'no kernel' : `no kernel ${kernel}`;
  const message = `there is ${which} (${existing('kernel', names)}); build one with \`banger kernel build\`, or import one with \`banger kernel import\``;
  return new BangerError('not-found', reasons.KERNEL_NOT_FOUND, message, { metadata: { kernel } });
}

/** A name or a digest leads to what lies in the store and cannot be used. */
export function objectDamaged(kind: ObjectKind, reference: string, problems: readonly string[]): BangerError {
  const message =
    `${kind} ${reference} is damaged: ${problems.join('; ')}; make it again as it was made, or remove what is left of ` +
    'it with `banger image prune`';
  const reason = kind === 'image' ? reasons.IMAGE_DAMAGED : reasons.KERNEL_DAMAGED;
  return new BangerError('wrong-state', reason, message, { metadata: { [kind]: reference } });
}

/** The name is the only one of another image, which nobody holds. */
export function imageNameTaken(name: string, image: string, other: string): BangerError {
  const message =
    `cannot give image ${image} the name ${name}: another image (${other}) has no other name and no VM holds it, so ` +
    'that it would be removed; give that one another name first, or use --force';
  return new BangerError('exists', reasons.IMAGE_NAME_TAKEN, message, { metadata: { name, image, other } });
}

function existing(kind: ObjectKind, names: readonly string[]): string {
  return names.length === 0 ? `no ${kind} has been built yet` : `${kind}s: ${names.join(', ')}`;
}

/** A holder whose name is not known goes by its uid. */
export function objectInUse(kind: ObjectKind, name: string, holders: readonly Holder[]): BangerError {
  const names = holders.map((holder) => holder.name || holder.uid);
  const who = names.length === 1 ? `VM ${names[0]} holds it` : `VMs ${listed(names)} hold it`;
  const message = `cannot delete ${kind} ${name}: ${who}; delete what holds it first, with --purge`;
  const reason = kind === 'image' ? reasons.IMAGE_IN_USE : reasons.KERNEL_IN_USE;
  const uids = holders.map(({ uid }) => uid);
  const metadata = { [kind]: name, holders: uids.join(','), holderNames: names.join(',') };
  return new BangerError('wrong-state', reason, message, { metadata });
}

/** A build step failed. A full disk keeps the reason it has everywhere. `output` is what the failing program said. */
export function buildFailed(what: string, step: string, cause: Error, output: string): BangerError {
  if (/no space left on device/i.test(`${cause.message} ${output}`)) return diskFull(what, step, cause);
  const message = `cannot build ${what}: the step "${step}" failed: ${cause.message}`;
  return new BangerError('wrong-state', reasons.BUILD_FAILED, message, { metadata: { what, step, output }, cause });
}

function diskFull(what: string, step: string, cause: Error): BangerError {
  const message =
    `cannot build ${what}: the disk became full in the step "${step}"; ` +
    'free some space, or move the store with `store_dir` in the section [imaged] of the configuration';
  return new BangerError('exhausted', commonReasons.STORAGE_UNWRITABLE, message, { metadata: { what, step }, cause });
}

export function kernelPackageNotFound(packageName: string): BangerError {
  const message =
    `cannot build the kernel: the host's apt sources have no package ${packageName}; ` +
    'run `apt-get update`, or name another in `kernel_package` in the section [imaged] of the configuration';
  const metadata = { package: packageName };
  return new BangerError('not-found', reasons.KERNEL_PACKAGE_NOT_FOUND, message, { metadata });
}

/** Where a kernel is taken from, for messages. */
export interface KernelOrigin {
  readonly verb: 'build the kernel from' | 'import the kernel';
  /** A package or a path. */
  readonly source: string;
}

export function kernelUnreadable({ verb, source }: KernelOrigin, why: string): BangerError {
  const message = `cannot ${verb} ${source}: ${why}`;
  return new BangerError('unsupported', reasons.KERNEL_UNREADABLE, message, { metadata: { source } });
}

/** It can be read, and no hypervisor can boot it. */
export function kernelUnbootable({ verb, source }: KernelOrigin, problems: readonly string[]): BangerError {
  const message =
    `cannot ${verb} ${source}: no hypervisor can boot it: ${problems.join('; ')}; ` +
    'take a 64-bit x86 kernel that was built with CONFIG_PVH=y, as those of distributions are';
  const metadata = { source, problems: problems.join('; ') };
  return new BangerError('unsupported', reasons.KERNEL_UNBOOTABLE, message, { metadata });
}

/** A path of an import leads to nothing that can be read. */
export function kernelFileUnusable(file: string, problems: readonly string[]): BangerError {
  const message = `cannot import the kernel ${file}: ${problems.join('; ')}; name a file and a folder of this host`;
  return new BangerError('invalid', reasons.KERNEL_FILE_UNUSABLE, message, { metadata: { file } });
}

/** `modules` is the folder; empty for what the package holds. */
export function kernelModulesUnusable({ verb, source }: KernelOrigin, modules: string, why: string): BangerError {
  const message =
    `cannot ${verb} ${source}: its modules${modules === '' ? '' : ` in ${modules}`} cannot be used: ${why}; ` +
    'give the /lib/modules/RELEASE of this very kernel with --modules';
  return new BangerError('invalid', reasons.KERNEL_MODULES_UNUSABLE, message, { metadata: { source, modules } });
}

export function noAptSources(suite: string, folder: string): BangerError {
  const message =
    `cannot build an image of ${suite}: the apt sources in ${folder} have no entry for the suite ${suite} with the ` +
    'component main; add one';
  return new BangerError('wrong-state', reasons.NO_APT_SOURCES, message, { metadata: { suite, folder } });
}

export function architectureUnsupported(architecture: string): BangerError {
  const message = `cannot build on ${architecture}: banger boots x86-64 kernels only`;
  return new BangerError('unsupported', reasons.ARCHITECTURE_UNSUPPORTED, message, { metadata: { architecture } });
}

export function storeInUse(folder: string): BangerError {
  const message = `cannot use the store ${folder}: another imaged uses it; stop that one, or give this one its own store_dir`;
  return new BangerError('wrong-state', reasons.STORE_IN_USE, message, { metadata: { folder } });
}

/** A mount below means that removing could reach out of the folder, so it is left for people to look at. */
export function mountedBelow(folder: string, mounts: readonly string[]): BangerError {
  const message = `cannot remove ${folder}, which a build has left: ${mounts.join(', ')} is mounted in it; unmount it`;
  return new BangerError('wrong-state', reasons.WORK_FOLDER_MOUNTED, message, { metadata: { folder } });
}

/** An image that another lies on has vanished from the store. */
export function parentMissing(image: string, parent: string): BangerError {
  const message = `cannot use image ${image}: it is a layer on ${parent}, which is gone from the store; build it again`;
  return new BangerError('wrong-state', reasons.IMAGE_INCOMPLETE, message, { metadata: { image, parent } });
}

export function imageTooDeep(name: string, maxLayers: number): BangerError {
  const message =
    `cannot make image ${name}: there are ${maxLayers} layers below it already, and a guest takes no more; ` +
    'start from an image with fewer, or put the changes into a recipe';
  return new BangerError('wrong-state', reasons.IMAGE_TOO_DEEP, message, { metadata: { image: name } });
}

export function layerUnusable(name: string, path: string, why: string): BangerError {
  const message = `cannot make image ${name} of ${path}: ${why}`;
  return new BangerError('invalid', reasons.LAYER_UNUSABLE, message, { metadata: { image: name, path } });
}

/** `kernel` was built before its initrd could do what the image needs. */
export function kernelTooOld(kernel: string, image: string): BangerError {
  const message =
    `cannot boot image ${image} with kernel ${kernel}: its initrd knows no layers, for it was made by an older banger; ` +
    'build it again with `banger kernel build --rebuild`';
  return new BangerError('wrong-state', reasons.KERNEL_TOO_OLD, message, { metadata: { kernel, image } });
}

export function importSourceNotFound(source: string, why = 'there is no such file or folder'): BangerError {
  const message = `cannot import ${source}: ${why}`;
  return new BangerError('not-found', reasons.IMPORT_SOURCE_NOT_FOUND, message, { metadata: { source } });
}

/** `kind` is what the source was said to be, if anything. */
export function importSourceUnknown(source: string, kind: string | undefined): BangerError {
  const expected = kind === undefined ? 'nothing that banger can import' : `no ${kind}`;
  const message =
    `cannot import ${source}: it is ${expected}; banger imports an OCI layout (a folder with a file oci-layout), ` +
    'an archive of one, an archive made by `docker save`, docker://REFERENCE from a registry, an archive made by ' +
    '`banger image export`, and an ext4 file system, raw or as qcow2';
  return new BangerError('invalid', reasons.IMPORT_SOURCE_UNKNOWN, message, { metadata: { source } });
}

export function importRefused(source: string, why: string): BangerError {
  const message = `cannot import ${source}: ${why}; nothing of it was kept`;
  return new BangerError('invalid', reasons.IMPORT_REFUSED, message, { metadata: { source, why } });
}

/** `missing` are paths in the image, with what they are. */
export function imageNotBootable(source: string, missing: readonly string[]): BangerError {
  const message =
    `cannot import ${source}: a VM could not boot from it, for it lacks ${missing.join(', ')}; put that in place as an ` +
    'image of `banger image build` has it, or import its tree as a container image, to which banger adds what is missing';
  return new BangerError('invalid', reasons.IMAGE_NOT_BOOTABLE, message, {
    metadata: { source, missing: missing.join(',') },
  });
}

export function imageTooLarge(source: string, why: string): BangerError {
  const message =
    `cannot import ${source}: ${why}; free some space, or move the store with \`store_dir\` in the section [imaged] of ` +
    'the configuration';
  return new BangerError('exhausted', reasons.IMAGE_TOO_LARGE, message, { metadata: { source, why } });
}

export function registryUnavailable(reference: string, why: string): BangerError {
  const message = `cannot import docker://${reference}: its registry cannot be asked: ${why}`;
  return new BangerError('unavailable', reasons.REGISTRY_UNAVAILABLE, message, { metadata: { reference, why } });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
