import { expect, test } from '@jest/globals';
import { type FirecrackerVersion, hasField, isNewerThanKnown, parseVersion, usableVersion } from './version.js';

function version(text: string): FirecrackerVersion {
  return usableVersion('start vm web', '/usr/bin/firecracker', text);
}

test.each([
  ['Firecracker v1.16.1\n\n2026-11-23T09:16:07.3 [anonymous-instance:main] exit_code=0\n', '1.16.1', 1, 16],
  ['Firecracker v1.17.0-dev\n', '1.17.0-dev', 1, 17],
  ['1.14.0', '1.14.0', 1, 14],
  ['v2.0', '2.0', 2, 0],
])('%j is read', (output, text, major, minor) => {
  expect(parseVersion(output)).toEqual({ text, major, minor });
});

test.each(['', 'QEMU emulator version 7.2.22', 'Firecracker', 'Firecracker v1', 'v1.2.3 and more'])(
  '%j is no version',
  (output) => {
    expect(parseVersion(output)).toBeUndefined();
    expect(() => version(output)).toThrow(
      expect.objectContaining({ reason: 'HOST_NOT_READY', message: expect.stringContaining('/usr/bin/firecracker') }),
    );
  },
);

test.each(['1.14.0', '1.16.1', '1.17.0-dev', '1.18.0', '2.0.0'])('%s will do', (text) => {
  expect(version(text).text).toBe(text);
});

test.each(['1.13.2', '1.9.0', '0.25.0'])('%s is too old, and the way out is told', (text) => {
  expect(() => version(text)).toThrow(
    expect.objectContaining({
      kind: 'wrong-state',
      reason: 'HYPERVISOR_TOO_OLD',
      message:
        `cannot start vm web: /usr/bin/firecracker is version ${text}, and 1.14 is the oldest that will do; ` +
        'install a newer one, or use QEMU with `--hypervisor qemu`',
      metadata: { program: '/usr/bin/firecracker', version: text, needed: '1.14' },
    }),
  );
});

test.each([
  ['1.16.1', false],
  ['1.17.0-dev', false],
  ['1.17.9', false],
  ['1.18.0', true],
  ['2.0.0', true],
])('%s is newer than what is known: %s', (text, newer) => {
  expect(isNewerThanKnown(version(text))).toBe(newer);
});

test.each([
  ['1.14.0', false],
  ['1.15.2', false],
  ['1.16.0', true],
  ['1.17.0-dev', true],
])('%s has the fields of 1.16: %s', (text, has) => {
  expect(hasField(version(text), 'PUT /serial', 'rate_limiter')).toBe(has);
  expect(hasField(version(text), 'PUT /balloon', 'free_page_reporting')).toBe(true);
});
