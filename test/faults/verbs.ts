import { join } from 'node:path';
import type { HostServiceService } from '../../gen/banger/host/v1/host_service.js';
import type { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import type { SupervisorServiceService } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import {
  UpdateVmRequest,
  type Vm,
  type VmServiceService,
  type VmSpec,
  VmState,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { isBangerError } from '../../lib/errors.js';
import { ensureFolder, pathExists, writeFile } from '../../lib/host/files.js';
import type { RpcClient } from '../../lib/rpc/contract.js';

type VmClient = RpcClient<typeof VmServiceService>;
type SupervisorClient = RpcClient<typeof SupervisorServiceService>;
type ImageClient = RpcClient<typeof ImageServiceService>;

/** What the verbs are done with. */
export interface Hands {
  readonly vmm: VmClient;
  readonly imaged: ImageClient;
  readonly supervisor: SupervisorClient;
  /** imaged, for what it shares with all services. */
  readonly imagedHost: RpcClient<typeof HostServiceService>;
  /** The VM of this case. */
  readonly name: string;
  /** What VMs here are like. */
  readonly spec: VmSpec;
  /** The path of the image store. */
  readonly store: string;
}

/** A verb, from a VM in a known state to what it shall come to. */
export interface VerbUnderTest {
  readonly name: string;
  /** Whether it is done to real guests too. */
  readonly isMain?: true;
  /** What is there before: no VM, one that was never started, one that runs, or one that stands still. */
  readonly from: 'nothing' | 'stopped' | 'running' | 'paused';
  /** What else is there before. */
  prepare?(hands: Hands): Promise<void>;
  /** Asks for it; does not wait for its end. */
  act(hands: Hands): Promise<unknown>;
  /** Whether it has come about. A VM that is gone is undefined. */
  isReached(vm: Vm | undefined, hands: Hands): boolean | Promise<boolean>;
  /** Removes what is left of it beside the VM. */
  cleanUp?(hands: Hands): Promise<void>;
}

const generousMs = 120_000;
const isIn = (state: VmState) => (vm: Vm | undefined) => vm?.status?.state === state;
const options = { deadlineMs: generousMs };

export function create({ vmm, name, spec }: Hands, noStart: boolean): Promise<unknown> {
  return vmm.createVm({ name, spec, requestId: name, noStart, wait: false, validateOnly: false }, options);
}

const layer = ({ name }: Hands) => `layer-of-${name}`;

/** To the end of the answer: what comes after the image is a step, too. */
async function commit(hands: Hands): Promise<void> {
  const events = hands.vmm.commitVm({ name: hands.name, image: layer(hands) })[Symbol.asyncIterator]();
  while (!(await events.next()).done);
}

async function hasImage({ imaged }: Hands, image: string): Promise<boolean> {
  return imaged.getImage({ image }).then(
    () => true,
    (error) => {
      if (isBangerError(error, 'IMAGE_NOT_FOUND')) return false;
      throw error;
    },
  );
}

async function deleteLayer(hands: Hands): Promise<void> {
  if (await hasImage(hands, layer(hands))) await hands.imaged.deleteImage({ image: layer(hands) });
}

/** What a kernel of the user's own is imported from, and its name. */
const imported = { kernel: 'kernel-of-a-test' };

async function importKernel({ imaged, store }: Hands): Promise<void> {
  const { kernels } = await imaged.listKernels({});
  const digest = kernels[0]?.digest.replace('sha256:', '') ?? '';
  const file = join(store, 'objects', digest, 'vmlinux');
  const stream = imaged.importKernel({ file, name: imported.kernel, modules: '' });
  for await (const { event } of stream) if (event?.$case === 'kernel') return;
}

async function hasKernel({ imaged }: Hands): Promise<boolean> {
  return (await imaged.listKernels({})).kernels.some(({ names }) => names.includes(imported.kernel));
}

/** A work folder that nobody is at. */
const leftFolder = ({ store }: Hands) => join(store, 'building', 'left-by-nobody');

const stray = ({ store }: Hands) => join(store, 'objects', '0'.repeat(64));

export const verbsUnderTest: readonly VerbUnderTest[] = [
  {
    name: 'create',
    isMain: true,
    from: 'nothing',
    act: (hands) => create(hands, false),
    isReached: isIn(VmState.RUNNING),
  },
  { name: 'create --no-start', from: 'nothing', act: (hands) => create(hands, true), isReached: isIn(VmState.STOPPED) },
  {
    name: 'start',
    isMain: true,
    from: 'stopped',
    act: ({ vmm, name }) => vmm.startVm({ name, wait: false }, options),
    isReached: isIn(VmState.RUNNING),
  },
  {
    name: 'stop',
    isMain: true,
    from: 'running',
    // Long enough for the button, which comes after ssh.
    act: ({ vmm, name }) => vmm.stopVm({ name, wait: false, graceSeconds: 8 }, options),
    isReached: isIn(VmState.STOPPED),
  },
  {
    name: 'kill',
    from: 'running',
    act: ({ vmm, name }) => vmm.killVm({ name, wait: false }, options),
    isReached: isIn(VmState.STOPPED),
  },
  {
    name: 'restart',
    isMain: true,
    from: 'running',
    act: ({ vmm, name }) => vmm.restartVm({ name, wait: false, graceSeconds: 2 }, options),
    isReached: isIn(VmState.RUNNING),
  },
  {
    name: 'pause',
    isMain: true,
    from: 'running',
    act: ({ vmm, name }) => vmm.pauseVm({ name, wait: false }, options),
    isReached: isIn(VmState.PAUSED),
  },
  {
    name: 'resume',
    isMain: true,
    from: 'paused',
    act: ({ vmm, name }) => vmm.resumeVm({ name, wait: false }, options),
    isReached: isIn(VmState.RUNNING),
  },
  {
    name: 'set --nat off',
    from: 'running',
    act: ({ vmm, name }) => vmm.updateVm(update(name, { nat: false }), options),
    isReached: (vm) => vm?.spec?.nat === false,
  },
  {
    name: 'publish',
    isMain: true,
    from: 'running',
    act: ({ vmm, name }) => vmm.updateVm(update(name, { publish: [publishedPort] }), options),
    isReached: (vm) => vm?.spec?.policy?.publishedPorts.length === 1,
  },
  {
    name: 'set --work-disk',
    from: 'running',
    act: ({ vmm, name }) => vmm.updateVm(update(name, { workDiskMib: 128 }), options),
    isReached: (vm) => vm?.spec?.workDiskMib === 128,
  },
  {
    name: 'delete',
    isMain: true,
    from: 'running',
    act: ({ vmm, name }) => vmm.deleteVm({ name, force: true, wait: false, purge: true }, options),
    isReached: (vm) => vm === undefined,
  },
  {
    name: 'image commit',
    from: 'stopped',
    act: commit,
    isReached: (_, hands) => hasImage(hands, layer(hands)),
    cleanUp: deleteLayer,
  },
  {
    name: 'image delete',
    from: 'stopped',
    prepare: commit,
    act: deleteLayer,
    isReached: async (_, hands) => !(await hasImage(hands, layer(hands))),
    cleanUp: deleteLayer,
  },
  {
    name: 'image prune',
    from: 'nothing',
    prepare: async (hands) => {
      await ensureFolder(stray(hands));
      await writeFile(join(stray(hands), 'rootfs.ext4'), 'of an object without a manifest');
      await writeFile(join(hands.store, 'cache', '0'.repeat(64)), 'of a build that nobody comes back to');
    },
    act: ({ imaged }) => imaged.pruneImages({ dryRun: false, all: false }),
    isReached: async (_, hands) => !(await pathExists(stray(hands))),
    cleanUp: async ({ imaged }) => void (await imaged.pruneImages({ dryRun: false, all: false })),
  },
  {
    name: 'kernel import',
    from: 'nothing',
    act: importKernel,
    isReached: (_, hands) => hasKernel(hands),
    cleanUp: async (hands) => {
      if (await hasKernel(hands)) await hands.imaged.deleteKernel({ kernel: imported.kernel });
    },
  },
  {
    name: 'doctor --fix',
    from: 'nothing',
    prepare: (hands) => ensureFolder(leftFolder(hands)),
    act: ({ imagedHost }) => imagedHost.reconcile({}, options),
    isReached: async (_, hands) => !(await pathExists(leftFolder(hands))),
  },
  // What a service does as it starts, after whatever happened before.
  ...(['netd', 'imaged', 'vmm'] as const).map(
    (service): VerbUnderTest => ({
      name: `service restart ${service}`,
      from: 'running',
      act: ({ supervisor }) => supervisor.restartService({ name: service }, options),
      isReached: isIn(VmState.RUNNING),
    }),
  ),
];

const publishedPort = { hostAddress: '', hostPort: 4711, guestPort: 80, protocol: 1 };

function update(name: string, change: Partial<UpdateVmRequest>): UpdateVmRequest {
  return UpdateVmRequest.fromPartial({ name, ...change });
}
