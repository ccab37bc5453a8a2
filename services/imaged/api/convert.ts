import {
  type BuildProgress,
  type ContainerConfig,
  type Image,
  ImageInit,
  ImportKind,
  type Kernel,
  KernelEntry,
  KernelPayload,
  type Provenance,
} from '../../../gen/banger/imaged/v1/image_service.js';
import type { BuildProgress as Progress } from '../app/steps.js';
import type { KernelPayload as Payload } from '../domain/bzimage.js';
import type * as container from '../domain/container-config.js';
import type * as domain from '../domain/image.js';
import type * as sources from '../domain/import-source.js';
import type { KernelEntry as Entry } from '../domain/kernel-elf.js';

const inits: Readonly<Record<domain.ImageInit, ImageInit>> = { system: ImageInit.SYSTEM, light: ImageInit.LIGHT };

const entries: Readonly<Record<Entry, KernelEntry>> = { pvh: KernelEntry.PVH, linux64: KernelEntry.LINUX64 };
const payloads: Readonly<Record<Payload, KernelPayload>> = {
  none: KernelPayload.NONE,
  gzip: KernelPayload.GZIP,
  lz4: KernelPayload.LZ4,
  xz: KernelPayload.XZ,
  zstd: KernelPayload.ZSTD,
};

export function toImage(image: domain.Image): Image {
  return {
    name: image.name,
    names: [...image.names],
    digest: image.digest,
    sizeBytes: image.sizeBytes,
    diskUsageBytes: image.diskUsageBytes,
    sharedBytes: image.sharedBytes,
    init: inits[image.init],
    defaultUser: image.defaultUser,
    createTime: new Date(image.createTime),
    provenance: toProvenance(image.provenance),
    holders: image.holders.map(({ uid }) => uid),
    parent: image.parent ?? '',
  };
}

export function toKernel(kernel: domain.Kernel, defaultDigest: string | undefined): Kernel {
  return {
    name: kernel.name,
    names: [...kernel.names],
    digest: kernel.digest,
    release: kernel.release,
    vmlinuxBytes: kernel.vmlinuxBytes,
    initrdBytes: kernel.initrdBytes,
    createTime: new Date(kernel.createTime),
    provenance: toProvenance(kernel.provenance),
    defaultKernel: kernel.digest === defaultDigest,
    holders: kernel.holders.map(({ uid }) => uid),
    entries: (kernel.traits?.entries ?? []).map((entry) => entries[entry]),
    payload: kernel.traits ? payloads[kernel.traits.payload] : KernelPayload.UNSPECIFIED,
    modules: [...(kernel.traits?.modules ?? [])],
  };
}

function toProvenance(provenance: domain.Provenance): Provenance {
  const { container: config } = provenance;
  return { ...provenance, packages: [...provenance.packages], container: config && toContainer(config) };
}

function toContainer({ env, entrypoint, cmd, labels, ...rest }: container.ContainerConfig): ContainerConfig {
  return { ...rest, env: [...env], entrypoint: [...entrypoint], cmd: [...cmd], labels: { ...labels } };
}

export function toProgress(progress: Progress): BuildProgress {
  const { step, stepNumber, stepCount, detail = '', doneBytes = 0, totalBytes = 0 } = progress;
  return { step, stepNumber, stepCount, detail, doneBytes, totalBytes };
}

const importKinds: ReadonlyMap<ImportKind, sources.ImportKind> = new Map([
  [ImportKind.LAYOUT, 'layout'],
  [ImportKind.ARCHIVE, 'archive'],
  [ImportKind.REGISTRY, 'registry'],
  [ImportKind.EXPORT, 'export'],
  [ImportKind.DISK, 'disk'],
]);

/** Undefined when it is to be found out. */
export function fromImportKind(kind: ImportKind): sources.ImportKind | undefined {
  return importKinds.get(kind);
}
