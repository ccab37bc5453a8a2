import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isLoopback, parseImportSource, recogniseSource } from './import-source.js';

const digest = `sha256:${'0'.repeat(64)}`;

describe('a source', () => {
  test.each([
    ['docker://debian', { kind: 'registry', reference: 'debian' }],
    [`docker://[::1]:5000/a/b:1@${digest}`, { kind: 'registry', reference: `[::1]:5000/a/b:1@${digest}` }],
    ['oci:/srv/a:b/layout', { kind: 'layout', path: '/srv/a:b/layout', tag: '' }],
    ['oci:/srv/layout:1.2', { kind: 'layout', path: '/srv/layout', tag: '1.2' }],
    ['oci-archive:/a.tar:x', { kind: 'archive', format: 'oci', path: '/a.tar', tag: 'x' }],
    ['docker-archive:/a.tar:host:5/x:1', { kind: 'archive', format: 'docker', path: '/a.tar', tag: 'host:5/x:1' }],
    ['/srv/a:b', { path: '/srv/a:b' }],
  ])('%s', (text, source) => {
    expect(parseImportSource(text)).toEqual(source);
  });

  test.each([
    '',
    'a.tar',
    'oci:layout:1',
    'docker://',
    'docker://A',
    'docker://-x',
    'docker://a b',
    'ftp://host/a',
    '/a\0b',
  ])('%j is refused', (text) => {
    expect(parseImportSource(text)).toMatchObject({ field: 'source' });
  });

  test('a kind that was given holds', () => {
    expect(parseImportSource('debian:12', 'registry')).toEqual({ kind: 'registry', reference: 'debian:12' });
    expect(parseImportSource('/a.tar', 'archive')).toEqual({ kind: 'archive', path: '/a.tar' });
    expect(parseImportSource('oci:/a', 'archive')).toMatchObject({ field: 'source' });
    expect(parseImportSource('docker://a', 'layout')).toMatchObject({ field: 'source' });
  });

  test('whatever the text, a reference never starts an option or leaves its line, and a path is absolute', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((text) => `docker://${text}`),
      fc.string().map((t) => `oci:/${t}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseImportSource(text);
        if ('field' in parsed) return;
        if ('reference' in parsed) expect(parsed.reference).toMatch(/^[A-Za-z0-9[][!-~]*$/);
        else expect(parsed.path.startsWith('/')).toBe(true);
      }),
    );
  });
});

describe('what is at a path', () => {
  const path = '/x';
  test('is only taken for what it was said to be', () => {
    const seen = { type: 'file', members: ['manifest.json'] } as const;
    expect(recogniseSource({ path }, seen)).toEqual({ kind: 'archive', path, tag: '', format: 'docker' });
    expect(recogniseSource({ path, kind: 'layout' }, seen)).toBeUndefined();
  });

  test('is nothing when it is another folder or file', () => {
    expect(recogniseSource({ path }, { type: 'folder', names: ['index.json'] })).toBeUndefined();
    expect(recogniseSource({ path }, { type: 'file', members: ['etc'] })).toBeUndefined();
  });
});

test('only this host itself needs no certificate', () => {
  expect(['localhost/a', 'localhost:5000/a', '127.0.0.1:5000/a', '[::1]:1/a'].map(isLoopback)).not.toContain(false);
  expect(['localhost', 'localhost.example/a', '127.0.0.1.example/a', '10.0.0.1/a'].map(isLoopback)).not.toContain(true);
});
