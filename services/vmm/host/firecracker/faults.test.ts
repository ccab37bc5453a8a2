import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { errorKinds } from '../../../../lib/errors.js';
import { type FaultRow, faultRows } from './fault-rows.js';
import { faultError } from './faults.js';

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly response?: { readonly fault_message?: string };
}

const { cases } = JSON.parse(readFileSync('test/stand-in/firecracker-recorded.json', 'utf8')) as { cases: Recorded[] };

/** Every call of ours that the real Firecracker refused while it was recorded. */
const recorded = cases.flatMap(({ method, path, body, response }) => {
  const fault = response?.fault_message;
  return fault === undefined
    ? []
    : [{ call: `${method} ${path}`, body: Object(body) as Record<string, unknown>, fault }];
});

/** Not recorded, but put together after the messages of its sources: only their parts matter. */
const told = [
  [
    'PUT /actions',
    'Start microvm error: Internal error: Kvm error: Error creating KVM object: No such file or directory (os error 2)',
  ],
  [
    'PUT /actions',
    "Error creating KVM object. [Permission denied (os error 13)]\nMake sure the user is on the /dev/kvm file's ACL.",
  ],
  ['PUT /actions', 'Start microvm error: Internal error: Kvm error: Missing KVM capability: Irqchip'],
  ['PUT /actions', 'Start microvm error: Invalid Memory Configuration: Cannot allocate memory (os error 12)'],
  [
    'PUT /actions',
    'Start microvm error: Error with initrd initialization: Failed to load initrd due to an invalid memory configuration.',
  ],
  [
    'PUT /drives/base',
    'Drive config error: Error manipulating the backing file: Permission denied (os error 13) /base',
  ],
  [
    'PUT /drives/base',
    'Drive config error: Error manipulating the backing file: Too many open files (os error 24) /base',
  ],
  ['PUT /boot-source', 'Boot source error: The kernel file cannot be opened: Permission denied (os error 13)'],
  [
    'PUT /boot-source',
    'Boot source error: The initrd file cannot be opened due to invalid path or invalid permissions. Permission denied (os error 13)',
  ],
  ['PUT /logger', 'Logger error: Failed to open target file: No such file or directory (os error 2)'],
  ['PUT /metrics', 'Metrics error: Cannot initialize the metrics system: No such file or directory (os error 2)'],
  ['PUT /vsock', 'Vsock config error: Error binding to the host-side Unix socket: Permission denied (os error 13)'],
  [
    'PUT /network-interfaces/eth0',
    'Network config error: Open tap device failed: Operation not permitted (os error 1). Invalid TUN/TAP Backend provided by bgr1.',
  ],
  [
    'PUT /network-interfaces/eth0',
    "Network config error: Open tap device failed: Couldn't open /dev/net/tun: Permission denied (os error 13)",
  ],
  ['GET /balloon/statistics', 'Balloon stats error: Cannot issue a stats query when stats are disabled.'],
].map(([call = '', fault = '']) => ({ call, body: {}, fault }));

const body = {
  host_dev_name: 'bgr1',
  uds_path: '/run/vsock.sock',
  path_on_host: '/vms/overlay.ext4',
  kernel_image_path: '/objects/vmlinux',
  initrd_path: '/objects/initrd',
  vcpu_count: 33,
  mem_size_mib: 0,
};

function errorOf(call: string, fault: string) {
  return faultError({ what: 'start vm web', vm: 'web', call, body, fault });
}

test('a busy tap reads like this', () => {
  const fault =
    'Network config error: Could not create the network device: Open tap device failed: Error while creating ifreq ' +
    'structure: Device or resource busy (os error 16). Invalid TUN/TAP Backend provided by bgr1.';
  expect(errorOf('PUT /network-interfaces/eth0', fault)).toMatchObject({
    kind: 'unavailable',
    reason: 'TAP_BUSY',
    message:
      'cannot start vm web: firecracker refused PUT /network-interfaces/eth0: the tap bgr1 is in use by another ' +
      'process; try again in a moment; `grep -l bgr1 /proc/*/fdinfo/*` as root shows who has it',
    metadata: { vm: 'web', call: 'PUT /network-interfaces/eth0', fault },
  });
});

test('a refusal that nobody foresaw is told in its own words, within limits', () => {
  const error = errorOf('PUT /vsock', `Vsock config error: ${'x'.repeat(5000)}`);
  expect(error).toMatchObject({ kind: 'internal', reason: 'HYPERVISOR_REFUSED' });
  expect(error.message).toMatch(
    /^cannot start vm web: firecracker refused PUT \/vsock: Vsock config error: x+; its log/,
  );
  expect(error.message.length + (error.metadata.fault?.length ?? 0)).toBeLessThan(2000);
});

test.each([
  ['KVM_UNAVAILABLE', 'PUT /actions', 'Error creating KVM object', 'use QEMU with `--hypervisor qemu`'],
  ['BOOT_FILE_MISSING', 'PUT /boot-source', 'kernel file cannot be opened: No such file', '/objects/vmlinux is gone'],
  ['BOOT_FILE_MISSING', 'PUT /boot-source', 'invalid permissions. No such file', '/objects/initrd is gone'],
  ['BOOT_FILE_MISSING', 'PUT /drives', 'backing file: No such file', '/vms/overlay.ext4 is gone'],
  ['BOOT_FILE_MISSING', 'PATCH /drives', 'backing file: No such file', '/vms/overlay.ext4 is gone'],
  ['TAP_NOT_ALLOWED', 'PUT /network-interfaces', '(os error 1)', 'there is no tap bgr1'],
  ['SOCKET_IN_THE_WAY', 'PUT /vsock', '(os error 98)', 'something at /run/vsock.sock'],
  ['HYPERVISOR_REFUSED', 'PUT /actions', 'Invalid bzImage', 'no ELF file'],
  ['HYPERVISOR_REFUSED', 'PUT /actions', '(os error 12)', 'enough memory'],
  ['HYPERVISOR_REFUSED', 'PUT /machine-config', 'number of vCPUs', 'not with 33'],
  ['HYPERVISOR_REFUSED', 'PUT /machine-config', 'unknown field', 'a release from 1.14 to 1.17'],
  ['HYPERVISOR_REFUSED', 'PUT /boot-source', 'cmdline capacity', '2047'],
])('%s for %s: %s', (reason, call, part, message) => {
  const found = [...recorded, ...told].filter((each) => each.call.startsWith(call) && each.fault.includes(part));
  expect(found).not.toEqual([]);
  for (const each of found) {
    expect(errorOf(each.call, each.fault)).toMatchObject({ reason, message: expect.stringContaining(message) });
  }
});

/** The texts by which the facts tell one cause from another. */
const causes = [
  'Empty PUT request.',
  'Empty PATCH request.',
  'GET request cannot have a body.',
  'Invalid request method and/or path: PUT foo.',
  'An error occurred when deserializing the json body of a request: unknown field `x` at line 1 column 2.',
  'API Resource IDs can only contain alphanumeric characters and underscores.',
  'The ID cannot be empty.',
  'The id from the path does not match the id from the body!',
  'Boot source error: The kernel file cannot be opened: No such file or directory (os error 2)',
  'Drive config error: Error manipulating the backing file: No such file or directory (os error 2) /base',
  'Drive config error: A root block device already exists!',
  'Drive config error: Unable to patch the block device: Running method expected different backend.',
  'Network config error: The MAC address is already in use: 06:00:ac:10:00:02',
  'Network config error: Open tap device failed: Resource busy (os error 16)',
  'Network config error: Open tap device failed: tap: Operation not permitted (os error 1)',
  'Vsock config error: Error binding to the host-side Unix socket: Address in use (os error 98)',
  'The number of vCPUs must be greater than 0, less than 32 and must be 1 or an even number.',
  'The memory size (MiB) is either 0, or not a multiple of the configured page size.',
  'Cannot start microvm without kernel configuration.',
  'Create snapshot error: save/restore unavailable while running',
  'Loading a microVM snapshot not allowed after configuring boot-specific resources.',
  'Metrics error: Reinitialization of metrics not allowed.',
  'Balloon stats error: Cannot issue a stats query when stats are disabled.',
  'Balloon config error: Device not activated yet.',
  'PCI is not enabled',
];

test.each(causes)('%s comes with what to do', (fault) => {
  const call = fault.startsWith('Network') ? 'PUT /network-interfaces/eth0' : 'PUT /vsock';
  expect(errorOf(call, fault).message).not.toContain('may say more');
});

describe.each<[string, FaultRow]>(faultRows.map((row) => [row.says.join(', '), row]))('%s', (_says, row) => {
  test('is what Firecracker says', () => {
    const meant = ({ call, fault }: (typeof told)[number]) => {
      const { message } = faultError({ what: 'start vm web', vm: 'web', call, body: {}, fault });
      return message.endsWith(`: ${row.why}; ${row.todo}`.replaceAll('{vm}', 'web'));
    };
    expect([...recorded, ...told].filter(meant)).not.toEqual([]);
  });

  test('is a sentence with a remedy', () => {
    expect(errorKinds).toContain(row.kind);
    for (const text of [row.why, row.todo]) expect(text).toMatch(/^\S.*[^.;\s]$/);
  });
});
