import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Container images made by hand, as https://github.com/opencontainers/image-spec has them. */

export interface MadeContainer {
  readonly manifest: { readonly digest: string; readonly content: Buffer };
  /** All blobs by digest, the manifest among them. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Packs tar archives as the layers of an image. */
export function makeContainer(layers: readonly Buffer[], config: object = {}): MadeContainer {
  const blobs = new Map<string, Buffer>();
  const put = (content: Buffer) => {
    const digest = sha256(content);
    blobs.set(digest, content);
    return { digest, size: content.length };
  };
  const packed = layers.map((layer) => ({ mediaType: layerType, ...put(gzipSync(layer, { level: 1 })) }));
  const rootfs = { type: 'layers', diff_ids: layers.map(sha256) };
  const text = JSON.stringify({ architecture: 'amd64', os: 'linux', config, rootfs });
  const described = { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(Buffer.from(text)) };
  const content = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: described, layers: packed }),
  );
  return { manifest: { digest: put(content).digest, content }, blobs };
}

function sha256(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Writes an image as a layout, under the tag "1". */
export async function writeLayout(folder: string, { manifest, blobs }: MadeContainer): Promise<void> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  for (const [digest, content] of blobs) await writeFile(join(folder, 'blobs', ...digest.split(':')), content);
  const annotations = { 'org.opencontainers.image.ref.name': '1' };
  const described = { mediaType: manifestType, digest: manifest.digest, size: manifest.content.length, annotations };
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [described] }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

export interface Registry {
  /** "127.0.0.1:PORT". */
  readonly host: string;
  close(): Promise<void>;
}

/** Serves an image as app:1 on loopback: the half of the distribution API that pulls. */
export async function serveRegistry({ manifest, blobs }: MadeContainer): Promise<Registry> {
  const answers = new Map<string, { type: string; content: Buffer }>([
    ['/v2/', { type: 'application/json', content: Buffer.from('{}') }],
    ['/v2/app/manifests/1', { type: manifestType, content: manifest.content }],
  ]);
  for (const [digest, content] of blobs) {
    answers.set(`/v2/app/manifests/${digest}`, { type: manifestType, content });
    answers.set(`/v2/app/blobs/${digest}`, { type: 'application/octet-stream', content });
  }
  const server = createServer((request, response) => {
    const answer = answers.get(request.url ?? '');
    if (answer) return response.writeHead(200, { 'content-type': answer.type }).end(answer.content);
    const error = { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] };
    return response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
