import { expect, test } from '@jest/globals';
import { describeInstallLine } from './install-progress.js';

test.each([
  ['Get:12 http://mirror.example/debian bookworm/main amd64 curl amd64 7.88.1 [315 kB]', 'fetching curl'],
  ['Unpacking openssh-server (1:9.2p1) ...', 'unpacking openssh-server'],
  ['Setting up libc6:amd64 (2.36-9) ...', 'setting up libc6:amd64'],
  ['Processing triggers for libc-bin (2.36-9) ...', undefined],
  ['I: running special hook', undefined],
])('%s', (line, detail) => {
  expect(describeInstallLine(line)).toBe(detail);
});
