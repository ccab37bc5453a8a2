import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { groups } from '../cli/registry.js';
import * as errors from '../lib/bundle/errors.js';
import { parseManifest } from '../lib/bundle/manifest.js';
import { bundleSteps } from '../lib/bundle/steps.js';
import { inspectFirecracker } from '../services/vmm/host/firecracker/program.js';

/** Whoever meets a missing runtime bundle reads the same steps, wherever that is. */

/** Without line breaks and the marks of comments. */
const plain = (text: string) => text.replace(/\n(#|>)? ?/g, ' ').replace(/\s+/g, ' ');
const inFile = (path: string) => plain(readFileSync(path, 'utf8'));

test.each(['README.md', 'runtime-bundle.toml', 'docs/runtime-bundle.md'])('%s tells the steps', (path) => {
  expect(inFile(path)).toContain(bundleSteps);
});

test.each(Object.entries(groups.bundle?.commands ?? {}))(
  'the help of `banger bundle %s` tells the steps',
  async (_verb, load) => {
    const { command } = await load();
    expect(command.description).toContain(bundleSteps);
  },
);

test('every error about a missing bundle tells the steps', async () => {
  for (const error of [
    errors.bundleMissing('/r', 'x'),
    errors.bundleMissing(undefined, 'x'),
    errors.bundleInvalid('/r', []),
    errors.bundleDamaged('/r', []),
    errors.manifestEmpty('m'),
  ]) {
    expect(error.message).toContain(bundleSteps);
  }
  const { usable } = await inspectFirecracker('banger-no-such-firecracker');
  expect(JSON.stringify(usable)).toContain(bundleSteps);
});

test('the manifest that is checked in is empty', () => {
  const text = readFileSync('runtime-bundle.toml', 'utf8');
  expect(() => parseManifest(text, 'runtime-bundle.toml')).toThrow(/the project publishes none/);
});
