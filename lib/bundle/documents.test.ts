import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BangerError } from '../errors.js';
import { sampleMetadata } from '../testing/bundle.js';
import { bundleReasons } from './errors.js';
import { parseManifest, writeManifest } from './manifest.js';
import { parseMetadata } from './metadata.js';
import { bundleSteps } from './steps.js';

const sha256 = 'a'.repeat(64);
const good = `url = "https://example.org/b.tar.zst"\nsha256 = "${sha256}"\n`;

function errorOf(run: () => unknown): BangerError {
  try {
    run();
  } catch (error) {
    if (error instanceof BangerError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('a manifest is read, and comes back from what writeManifest makes of it', () => {
  const manifest = parseManifest(`${good}size = 12\n`, 'm.toml');
  expect(manifest).toEqual({ url: new URL('https://example.org/b.tar.zst'), sha256, size: 12 });
  expect(parseManifest(writeManifest(manifest), 'm.toml')).toEqual(manifest);
  for (const url of ['file:///tmp/b', 'http://127.0.0.1:1/b', 'http://localhost/b', 'http://[::1]/b']) {
    expect(parseManifest(good.replace(/https[^"]*/, url), 'm').url.href).toBe(url);
  }
});

test('an empty manifest tells how to come by a bundle', () => {
  const error = errorOf(() => parseManifest('url = ""\nsha256 = ""\n', 'runtime-bundle.toml'));
  expect(error.reason).toBe(bundleReasons.MANIFEST_EMPTY);
  expect(error.message).toContain(bundleSteps);
});

test.each<readonly [string, string, readonly string[]]>([
  [
    'all mistakes at once, with their lines',
    '# c\nurl = 1\nsha256 = "x"\nmore = 2\n',
    ['url (line 2)', 'sha256 (line 3)', 'more (line 4)'],
  ],
  ['no TOML', 'url = "\n', ['line 1']],
  ['a scheme that is not fetched', good.replace('https', 'ftp'), ['url (line 1)']],
  ['http from elsewhere', good.replace('https', 'http'), ['url (line 1)']],
  ['a digest alone', good.replace(/https[^"]*/, ''), ['url (line 1)']],
  ['an archive without its digest', good.replace(sha256, ''), ['sha256 (line 2)']],
  ['a size that is none', `${good}size = -1`, ['size (line 3)']],
  ['nothing', '', ['url', 'sha256']],
])('a manifest with %s', (_what, text, fields) => {
  const error = errorOf(() => parseManifest(text, 'm.toml'));
  expect(error).toMatchObject({ kind: 'invalid', reason: bundleReasons.MANIFEST_INVALID });
  expect(error.fields.map(({ field }) => field).sort()).toEqual([...fields].sort());
  expect(error.message).toMatch(/^cannot use the manifest m.toml: /);
});

test('bundle.json is read', () => {
  expect(parseMetadata(JSON.stringify(sampleMetadata()), '/b')).toEqual(sampleMetadata());
});

test.each(['/etc/passwd', '../vmlinux', 'a/../../b', 'a//b', './a', 'a/', '', 'a\nb', 'x'.repeat(600)])(
  'bundle.json with the path %j is refused',
  (path) => {
    const metadata = sampleMetadata();
    const text = JSON.stringify({ ...metadata, kernel: { ...metadata.kernel, vmlinux: path } });
    const error = errorOf(() => parseMetadata(text, '/b'));
    expect(error.reason).toBe(bundleReasons.BUNDLE_INVALID);
    expect(error.message).toContain(bundleSteps);
    expect(error.fields).toContainEqual({ field: 'bundle.json: kernel.vmlinux', description: expect.any(String) });
  },
);

test('bundle.json tells all its mistakes', () => {
  const metadata = sampleMetadata();
  const wrong = { ...metadata, format: 2, extra: 1, kernel: { ...metadata.kernel, initrdFormat: 'x', digest: 'y' } };
  const error = errorOf(() => parseMetadata(JSON.stringify(wrong), '/b'));
  const fields = error.fields.map(({ field }) => field.replace('bundle.json: ', '')).sort();
  expect(fields).toEqual(['extra', 'format', 'kernel.digest', 'kernel.initrdFormat']);
  const unlisted = { ...metadata, rootfs: { ...metadata.rootfs, path: 'other.ext4' }, programs: { jailer: 'j' } };
  const named = errorOf(() => parseMetadata(JSON.stringify(unlisted), '/b')).fields.map(({ field }) => field);
  expect(named).toEqual(['bundle.json: rootfs.path', 'bundle.json: programs.jailer']);
  expect(errorOf(() => parseMetadata('{', '/b')).message).toContain('bundle.json: is not JSON');
});

/** Accepted, or refused with an error of ours. */
function refusedOrRead(parse: (text: string) => unknown, text: string): void {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(BangerError);
    expect(Object.values(bundleReasons)).toContain((error as BangerError).reason);
  }
}

test('whatever stands in a manifest', () => {
  const line = fc.tuple(
    fc.constantFrom('url', 'sha256', 'size', 'x', '[t]'),
    fc.anything().map((v) => String(JSON.stringify(v))),
  );
  const lines = fc.array(
    line.map(([key, value]) => `${key} = ${value}`),
    { maxLength: 5 },
  );
  const text = fc.oneof(
    fc.string(),
    lines.map((all) => all.join('\n')),
  );
  fc.assert(
    fc.property(text, (it) => refusedOrRead((t) => parseManifest(t, 'm'), it)),
    { numRuns: 3000 },
  );
});

test('whatever stands in bundle.json', () => {
  const paths = fc.oneof(fc.string(), fc.constantFrom('../x', '/x', 'vmlinux', '__proto__', 'constructor'));
  const value = fc.oneof(fc.anything(), paths);
  const keys = fc.array(fc.constantFrom('kernel', 'rootfs', 'files', 'programs', 'vmlinux', 'path', 'format', 'x'), {
    minLength: 1,
    maxLength: 3,
  });
  const text = fc.oneof(
    fc.json(),
    fc.string(),
    fc.tuple(keys, value).map(([at, put]) => {
      const metadata = structuredClone(sampleMetadata()) as unknown as Record<string, unknown>;
      let inner = metadata;
      for (const key of at.slice(0, -1))
        inner = typeof inner[key] === 'object' && inner[key] ? (inner[key] as Record<string, unknown>) : inner;
      inner[at.at(-1) ?? ''] = put;
      return JSON.stringify(metadata);
    }),
  );
  fc.assert(
    fc.property(text, (it) => refusedOrRead((t) => parseMetadata(t, '/b'), it)),
    { numRuns: 3000 },
  );
});
