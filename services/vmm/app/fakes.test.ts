import { hypervisorContract } from '../../../test/contracts/hypervisor.js';
import { imagesContract } from '../../../test/contracts/images.js';
import { networksContract } from '../../../test/contracts/networks.js';
import { shellsContract } from '../../../test/contracts/shells.js';
import { FakeHypervisor, FakeHypervisorHost } from '../../../test/fakes/hypervisor.js';
import { FakeImages } from '../../../test/fakes/images.js';
import { FakeNetworks } from '../../../test/fakes/networks.js';
import { never } from '../../../test/fakes/requests.js';
import { FakeShells } from '../../../test/fakes/shells.js';
import type { LaunchPlan } from './ports.js';

/** The fakes that the use cases are tested with keep the same promises as the real things in test/host. */

networksContract('fake', async () => ({ networks: new FakeNetworks(), dispose: async () => undefined }));

imagesContract('fake', async () => ({
  images: new FakeImages(['debian'], ['cloud', 'other']),
  image: 'debian',
  kernel: 'other',
  dispose: async () => undefined,
}));

hypervisorContract('hypervisor: fake', async () => {
  const host = new FakeHypervisorHost();
  const { consoles } = host;
  const plan = async (digit: number): Promise<LaunchPlan> => ({
    uid: `000000000000000${digit}`,
    name: 'web',
    cpuCount: 1,
    memoryMib: 256,
    hypervisor: 'qemu',
    acceleration: 'tcg',
    vmlinuxPath: '/vmlinux',
    initrdPath: '/initrd',
    commandLine: 'quiet',
    disks: { base: '/base', overlay: '/overlay', work: '/work', layers: [] },
    network: { tap: 'bgr0', macAddress: '52:54:00:00:00:01' },
  });
  return {
    adapter: () => new FakeHypervisor(host),
    consoles,
    kernel: { kernelDigest: 'sha256:0', kernelHasPvh: true, vmlinuxPath: '/vmlinux', initrdPath: '/initrd' },
    plan,
    guestIsUp: async () => undefined,
    guestPowersOff: async ({ uid }) => host.guestPowersOff(uid),
    guestReboots: async ({ uid }) => host.guestReboots(uid),
    guestPanics: async ({ uid }) => host.guestPanics(uid),
    crash: async ({ uid }) => host.crash(uid),
    extendWorkDisk: async () => undefined,
    seesWorkDisk: async ({ uid }, bytes) => host.running(uid)?.workDiskBytes === bytes,
    trialLeftovers: async () => [],
    leftovers: async (uid) => (host.left.has(uid) ? ['a socket'] : []),
    dispose: async () => undefined,
  };
});

shellsContract('the fake', async () => ({
  shells: new FakeShells(),
  guest: { address: '10.77.0.2', user: 'root', hostKeyAlias: 'web.vm', hostKey: 'ssh-ed25519 K', gone: never },
  stop: async () => undefined,
}));
