import { expect, test } from '@jest/globals';
import { importSource } from './import-source.js';

const there = new Set(['/home/me/app.tar', '/home/me/registry.example/name']);
const read = (text: string) => importSource(text, { cwd: '/home/me', exists: (path) => there.has(path) });

test.each([
  ['app.tar', '/home/me/app.tar'],
  ['./app.tar', '/home/me/app.tar'],
  ['/srv/app.tar', '/srv/app.tar'],
  ['oci:layout:1.2', 'oci:/home/me/layout:1.2'],
  ['docker-archive:app.tar:name:tag', 'docker-archive:/home/me/app.tar:name:tag'],
  ['oci-archive:/srv/app.tar', 'oci-archive:/srv/app.tar'],
])('%s is the path %s', (text, source) => {
  expect(read(text)).toBe(source);
});

test.each(['quay.example/name:tag', 'localhost/name', 'localhost:5000/name', 'host:5000/a/b', '[::1]:5000/name'])(
  '%s is a reference',
  (text) => {
    expect(read(text)).toBe(`docker://${text}`);
  },
);

test('what is there is a path, whatever it looks like', () => {
  expect(read('registry.example/name')).toBe('/home/me/registry.example/name');
});

test('a word alone is a path: a file that was misspelt is not looked for in a registry', () => {
  expect(read('app.tra')).toBe('/home/me/app.tra');
  expect(read('folder/app.tra')).toBe('/home/me/folder/app.tra');
  expect(read('docker://debian')).toBe('docker://debian');
});
