import type { Library } from './library.js';
import type { ImageArchives } from './ports.js';

/** A piece of an archive, and how many bytes of the image, which is larger, are in it by now. */
export interface ExportedPiece {
  readonly data: Uint8Array;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Writes an image, with all that it lies on, as a stream. It goes on to its end whatever becomes of the image meanwhile,
 * and nobody waits for it.
 */
export class ExportImage {
  constructor(
    private readonly library: Library,
    private readonly archives: ImageArchives,
  ) {}

  /** Fails with IMAGE_NOT_FOUND, IMAGE_DAMAGED, IMAGE_INCOMPLETE or HOST_NOT_READY. */
  async *run(reference: string, signal: AbortSignal): AsyncIterable<ExportedPiece> {
    const layers = await this.library.openChain(reference);
    const totalBytes = layers.reduce((sum, { manifest }) => sum + manifest.sizeBytes, 0);
    let doneBytes = 0;
    const tell = (progress: { readonly doneBytes?: number }) => {
      doneBytes = progress.doneBytes ?? doneBytes;
    };
    try {
      for await (const data of this.archives.pack(layers, { tell, signal })) yield { data, doneBytes, totalBytes };
    } finally {
      for (const { opened } of layers) await opened.close();
    }
  }
}
