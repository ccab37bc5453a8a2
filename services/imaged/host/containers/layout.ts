import { join } from 'node:path';
import type { z } from 'zod';
import { readFile, stat, writeFile } from '../../../../lib/host/files.js';
import type { ContainerConfig } from '../../domain/container-config.js';
import { digestOf } from '../../domain/digest.js';
import { configSchema, type Descriptor, indexSchema, manifestSchema } from './layout-schema.js';
import { isGzip } from './scan-archive.js';

/** Honest ones have some hundred bytes; it stands in every answer about the image. */
const maxConfigBytes = 64 * 1024;
const layerType = 'application/vnd.oci.image.layer.v1.tar';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** The one image of a layout that skopeo has written. */
export interface LayoutImage {
  readonly config: ContainerConfig;
  readonly configDescriptor: Descriptor;
  readonly layers: readonly LayoutLayer[];
}

export interface LayoutLayer {
  readonly digest: string;
  readonly path: string;
  /** Of the file, as it is packed. */
  readonly bytes: number;
}

/** Throws a RangeError at what is not as OCI has it: skopeo copies a manifest as it was. */
export async function readLayout(folder: string): Promise<LayoutImage> {
  const pathOf = ({ digest }: Descriptor) => blobPath(folder, digest);
  const index = await readJson(join(folder, 'index.json'), indexSchema);
  const manifest = await readJson(pathOf(index.manifests[0]), manifestSchema);
  const config = toConfig(await readJson(pathOf(manifest.config), configSchema));
  const layers = manifest.layers.map(async (layer) => {
    const path = pathOf(layer);
    return { digest: layer.digest, path, bytes: (await stat(path)).size };
  });
  return { config, configDescriptor: manifest.config, layers: await Promise.all(layers) };
}

/**
 * Writes the manifest of a layout anew: skopeo says of every layer that gzip has packed it, also of those of an archive
 * that it left as they were.
 */
export async function rewriteManifest(
  folder: string,
  { configDescriptor: config, layers }: LayoutImage,
): Promise<void> {
  const described = layers.map(async ({ path, digest, bytes: size }) => {
    return { mediaType: (await isGzip(path)) ? `${layerType}+gzip` : layerType, digest, size };
  });
  const manifest = JSON.stringify({ schemaVersion: 2, config, layers: await Promise.all(described) });
  const digest = digestOf(manifest);
  await writeFile(blobPath(folder, digest), manifest);
  const [descriptor] = (await readJson(join(folder, 'index.json'), indexSchema)).manifests;
  const size = Buffer.byteLength(manifest);
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, mediaType: manifestType, digest, size }] };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}

function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

function toConfig({ os, architecture, config }: z.infer<typeof configSchema>): ContainerConfig {
  if (os !== 'linux' || architecture !== 'amd64') {
    throw new RangeError(`it is for ${os}/${architecture}, and guests are linux/amd64`);
  }
  const found = {
    user: config?.User ?? '',
    env: config?.Env ?? [],
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    workingDir: config?.WorkingDir ?? '',
    labels: config?.Labels ?? {},
  };
  if (JSON.stringify(found).length > maxConfigBytes) throw new RangeError('its configuration is too large to keep');
  return found;
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(parse(await readFile(path, 'utf8')));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new RangeError(`its ${describe(path)} is not as OCI has it: ${problems.join('; ')}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RangeError('it holds what is no JSON');
    throw error;
  }
}

function describe(path: string): string {
  return path.endsWith('index.json') ? 'index' : 'manifest or configuration';
}
