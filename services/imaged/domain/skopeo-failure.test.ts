import { expect, test } from '@jest/globals';
import { skopeoFailure } from './skopeo-failure.js';

const registry = { kind: 'registry', reference: 'registry.example/app:1' } as const;
const layout = { kind: 'layout', path: '/srv/app', tag: 'x' } as const;
const fatal = (message: string) => `time="2026-11-25T19:36:40Z" level=fatal msg=${JSON.stringify(message)}`;

test.each([
  [
    'pinging container registry registry.example: dial tcp: lookup registry.example: no such host',
    'REGISTRY_UNAVAILABLE',
  ],
  [
    'pinging container registry registry.example: x509: certificate signed by unknown authority',
    'REGISTRY_UNAVAILABLE',
  ],
  ['reading manifest 1 in registry.example/app: manifest unknown: manifest unknown', 'IMPORT_SOURCE_NOT_FOUND'],
  ['reading manifest 1: unauthorized: authentication required', 'IMPORT_SOURCE_NOT_FOUND'],
  ['writing blob: Digest did not match, expected sha256:1, got sha256:2', 'IMPORT_REFUSED'],
  ['reading manifest 1: received unexpected HTTP status: 500 Internal Server Error', 'REGISTRY_UNAVAILABLE'],
])('a registry: %s', (message, reason) => {
  expect(skopeoFailure(registry, fatal(message))).toMatchObject({ reason });
});

test.each([
  ['no descriptor found for reference "x"', 'IMPORT_SOURCE_NOT_FOUND'],
  ['more than one image in oci, choose an image', 'IMPORT_SOURCE_NOT_FOUND'],
  ['writing blob: Digest did not match, expected sha256:1, got sha256:2', 'IMPORT_REFUSED'],
  ['invalid character in manifest', 'IMPORT_REFUSED'],
])('a layout: %s', (message, reason) => {
  expect(skopeoFailure(layout, fatal(message))).toMatchObject({ reason });
});

test('the message is what skopeo said, without its frame', () => {
  const said = fatal('Error parsing image name "oci:source:x": no descriptor found for reference "x"');
  expect(skopeoFailure(layout, `Getting image source signatures\n${said}`)?.message).toContain(
    'it has no such image (no descriptor found for reference "x")',
  );
});

test('a private image is told how to be asked for', () => {
  const error = skopeoFailure(registry, fatal('requested access to the resource is denied'));
  expect(error?.message).toContain('skopeo login registry.example');
});

test('a full disk is no matter of the source, and a file beyond its limit is', () => {
  expect(skopeoFailure(layout, fatal('write layout/blobs: no space left on device'))).toBeUndefined();
  expect(skopeoFailure(layout, 'SIGXFSZ: file size limit exceeded\ngoroutine 1:')).toMatchObject({
    reason: 'IMAGE_TOO_LARGE',
  });
});
