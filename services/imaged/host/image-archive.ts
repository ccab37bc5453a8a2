import { join } from 'node:path';
import { fileSize, readFile } from '../../../lib/host/files.js';
import { archiveOf, compressZstd } from '../../../lib/host/tar-writer.js';
import { untar } from '../../../lib/host/untar.js';
import type { ImageArchives, OpenLayer, UnpackedLayer, Work } from '../app/ports.js';
import { importRefused } from '../domain/errors.js';
import { type ImageManifest, imageFile } from '../domain/image.js';
import { maxLayers } from '../domain/layers.js';
import { parseExportIndex } from './manifest-schema.js';

/** The first file of an archive. */
export const exportIndexName = 'banger-image.json';
const format = 1;
/** Packages with their versions make a manifest long: 1000 of them take 30 KiB. */
const maxIndexBytes = 16 * 1024 * 1024;
/** The index, and a folder and a file for each layer. */
const maxEntries = 1 + 2 * (1 + maxLayers);

/**
 * An archive of an image is a tar archive, compressed by zstd: what is empty in a file system costs next to nothing, and
 * every tar can read it.
 *
 *     banger-image.json                              {"format": 1, "images": [manifest, …]}, the base first
 *     <64 hexadecimal digits>/rootfs.ext4            the base
 *     <64 hexadecimal digits>/layer.ext4 …           what lies on it
 */
export class ImageArchiveFiles implements ImageArchives {
  pack(layers: readonly OpenLayer[], { tell, signal }: Work): AsyncIterable<Uint8Array> {
    const images = layers.map(({ manifest }) => manifest);
    const index = Buffer.from(`${JSON.stringify({ format, images }, null, 2)}\n`);
    const files = layers.flatMap(({ manifest, opened }) =>
      opened.files.map(({ name, bytes, read }) => {
        return { name: `${folderOf(manifest)}/${name}`, mode: 0o444, size: bytes, source: read(signal) };
      }),
    );
    const first = { name: exportIndexName, mode: 0o444, size: index.length, source: index };
    return compressZstd(archiveOf([first, ...files], { onBytes: (doneBytes) => tell({ doneBytes }) }), signal);
  }

  async unpack(path: string, folder: string, { tell, signal }: Work): Promise<readonly UnpackedLayer[]> {
    const tree = join(folder, 'archive');
    const onBytes = (doneBytes: number) => tell({ detail: 'bytes so far', doneBytes });
    const { paths } = await untar(path, tree, { maxEntries, signal, onBytes });
    const manifests = await this.#readIndex(path, join(tree, exportIndexName));
    const members = manifests.map((manifest) => `${folderOf(manifest)}/${imageFile(manifest)}`);
    const expected = [exportIndexName, ...members];
    const found = [...paths].filter(([, type]) => type !== 'folder').map(([name]) => name);
    const odd = found.find((name) => !expected.includes(name)) ?? expected.find((name) => paths.get(name) !== 'file');
    if (odd !== undefined) throw importRefused(path, `its index and what it holds disagree about ${odd}`);
    for (const [i, manifest] of manifests.entries()) {
      const bytes = await fileSize(join(tree, members[i] ?? ''));
      const { sizeBytes } = manifest;
      if (bytes !== sizeBytes) throw importRefused(path, `${members[i]} has ${bytes} bytes instead of ${sizeBytes}`);
    }
    return manifests.map((manifest) => ({ manifest, folder: join(tree, folderOf(manifest)) }));
  }

  async #readIndex(path: string, index: string): Promise<readonly ImageManifest[]> {
    const bytes = await fileSize(index);
    if (bytes === 0 || bytes > maxIndexBytes) throw importRefused(path, `it has no usable ${exportIndexName}`);
    const parsed = parseExportIndex(await readFile(index, 'utf8'));
    if ('problems' in parsed) throw importRefused(path, `${exportIndexName}: ${parsed.problems.join('; ')}`);
    return parsed.images;
  }
}

function folderOf({ digest }: ImageManifest): string {
  return digest.slice('sha256:'.length);
}
