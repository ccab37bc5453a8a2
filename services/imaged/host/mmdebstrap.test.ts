import { expect, test } from '@jest/globals';
import { mmdebstrapArgv } from './mmdebstrap.js';

const settings = { options: ['Acquire::Check-Valid-Until "false";'], environment: {} };
const argv = mmdebstrapArgv(['bash', 'less'], 'bookworm', settings);

test('the packages go straight into a folder', () => {
  expect(argv).toEqual(expect.arrayContaining(['--mode=root', '--format=directory']));
  expect(argv).toContain('--include=usr-is-merged,bash,less');
  expect(argv.slice(-3)).toEqual(['bookworm', 'tree', 'debian.sources']);
});

test('settings are words of their own', () => {
  expect(argv).toContain('--aptopt=Acquire::Check-Valid-Until "false";');
});
