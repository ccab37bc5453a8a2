import { expect, test } from '@jest/globals';
import { installedPackages, kernelImagePackage, parseKernelPackage } from './kernel-package.js';

const meta = `Package: linux-image-cloud-amd64
Version: 6.1.192-2
Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2), other | thing
`;
const image = `Package: linux-image-6.1.0-56-cloud-amd64
Version: 6.1.192-2
Size: 26713492
Description: Linux 6.1 for x86-64 cloud
 The Linux kernel 6.1 and modules.
`;

test('follows the package without a version to the one with', () => {
  expect(kernelImagePackage('linux-image-cloud-amd64', meta)).toBe('linux-image-6.1.0-56-cloud-amd64');
  expect(kernelImagePackage('linux-image-6.1.0-1-amd64', '')).toBe('linux-image-6.1.0-1-amd64');
  expect(kernelImagePackage('linux-image-cloud-amd64', '')).toBeUndefined();
  expect(kernelImagePackage('linux-image-x', 'Package: linux-image-x\nDepends: linux-headers-6\n')).toBeUndefined();
});

test('reads what apt says of it', () => {
  expect(parseKernelPackage(image)).toEqual({
    name: 'linux-image-6.1.0-56-cloud-amd64',
    version: '6.1.192-2',
    release: '6.1.0-56-cloud-amd64',
    sizeBytes: 26_713_492,
  });
  expect(parseKernelPackage(meta)).toBeUndefined();
  expect(parseKernelPackage('')).toBeUndefined();
});

test('lists what is installed, and not what is only half there', () => {
  const status = `Package: b\nStatus: install ok installed\nVersion: 2\n\nPackage: a\nStatus: install ok installed\nVersion: 1:1-1\n
Package: c\nStatus: deinstall ok config-files\nVersion: 3\n\nPackage: d\nStatus: install ok half-installed\nVersion: 4\n`;
  expect(installedPackages(status)).toEqual(['a=1:1-1', 'b=2']);
});
