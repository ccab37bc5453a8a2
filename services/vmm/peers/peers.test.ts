import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  Image,
  ImageInit,
  ImageServiceService,
  Kernel,
  KernelEntry,
} from '../../../gen/banger/imaged/v1/image_service.js';
import {
  NetworkServiceService,
  type Attachment as WireAttachment,
} from '../../../gen/banger/netd/v1/network_service.js';
import { BangerError } from '../../../lib/errors.js';
import { silentLog } from '../../../lib/log.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { bindHostCheck } from '../../../lib/rpc/host-check-server.js';
import { fromWirePolicy, toWirePolicy } from '../../../lib/rpc/network-policy.js';
import { bind, type ServiceBinding, serve } from '../../../lib/rpc/server.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { imagesContract } from '../../../test/contracts/images.js';
import { networksContract } from '../../../test/contracts/networks.js';
import { FakeImages } from '../../../test/fakes/images.js';
import { FakeNetworks } from '../../../test/fakes/networks.js';
import type { Attachment } from '../domain/vm.js';
import { ImagedImages } from './imaged.js';
import { NetdNetworks } from './netd.js';

/** The clients keep the contracts over a real socket when the services behind them do. */

async function served(service: string, ...bindings: ServiceBinding[]) {
  const folder = await tempFolder();
  const socketPath = join(folder.path, `${service}.sock`);
  const server = await serve({ service, socketPath, bindings, log: silentLog });
  const stop = async () => {
    await server.stop(200);
    await folder.remove();
  };
  return { socketPath, stop };
}

function toWire(vmUid: string, attachment: Attachment): WireAttachment {
  const policy = toWirePolicy(attachment.policy);
  return { ...attachment, vmUid, vmName: '', ipv6Address: '', ipv6Gateway: '', policy };
}

function netdOver(fake: FakeNetworks): ServiceBinding[] {
  const handlers: Partial<Handlers<typeof NetworkServiceService>> = {
    async ensureAttachment({ vmUid, vmName, validateOnly, policy, ...rest }) {
      const request = { uid: vmUid, name: vmName, ...rest, policy: fromWirePolicy(policy, '').policy };
      if (!validateOnly) return { attachment: toWire(vmUid, await fake.ensure(request)) };
      await fake.checkPlace(request);
      return { attachment: undefined };
    },
    async releaseAttachment({ vmUid }) {
      await fake.release(vmUid);
      return {};
    },
    async setNat({ vmUid, nat }) {
      return { attachment: toWire(vmUid, await fake.setNat(vmUid, nat)) };
    },
    async setPolicy({ vmUid, policy }) {
      return { attachment: toWire(vmUid, await fake.setPolicy(vmUid, fromWirePolicy(policy, '').policy)) };
    },
    async getAttachment({ vmUid }) {
      const attachment = await fake.get(vmUid);
      if (attachment === undefined) throw new BangerError('not-found', 'ATTACHMENT_NOT_FOUND', 'no attachment');
      return { attachment: toWire(vmUid, attachment) };
    },
    async checkPolicy({ vmName, policy }) {
      await fake.checkPolicy(vmName, fromWirePolicy(policy, '').policy);
      return {};
    },
  };
  return [
    bind(NetworkServiceService, handlers as Handlers<typeof NetworkServiceService>),
    bindHostCheck((wanted) => fake.check(wanted)),
  ];
}

function imagedOver(fake: FakeImages): ServiceBinding {
  const handlers: Partial<Handlers<typeof ImageServiceService>> = {
    async getImage({ image }) {
      await fake.check(image, '');
      const leases = [...fake.leases].filter(([, { origin }]) => origin.digest === image);
      return { image: Image.fromPartial({ name: image, holders: leases.map(([uid]) => uid) }), path: '' };
    },
    async getKernel({ kernel }) {
      await fake.check('debian', kernel);
      return { kernel: Kernel.fromPartial({ name: kernel }), vmlinuxPath: '', initrdPath: '', initrdFormat: 1 };
    },
    async acquireLease({ holder, holderName, image, kernel }) {
      const lease = await fake.acquire({ uid: holder, name: holderName }, image, kernel);
      const { origin, kernelDigest, kernelHasPvh, ...paths } = lease;
      const entries = [KernelEntry.LINUX64, ...(kernelHasPvh ? [KernelEntry.PVH] : [])];
      const init = origin.init === 'light' ? ImageInit.LIGHT : ImageInit.SYSTEM;
      const wireImage = Image.fromPartial({ digest: origin.digest, init, defaultUser: origin.user });
      const layerPaths = [...paths.layerPaths];
      return { image: wireImage, kernel: Kernel.fromPartial({ digest: kernelDigest, entries }), ...paths, layerPaths };
    },
    async releaseLease({ holder }) {
      await fake.release(holder);
      return {};
    },
  };
  return bind(ImageServiceService, handlers as Handlers<typeof ImageServiceService>);
}

networksContract('netd’s client', async () => {
  const { socketPath, stop } = await served('netd', ...netdOver(new FakeNetworks()));
  const networks = new NetdNetworks(socketPath, 0);
  const dispose = async () => {
    networks.close();
    await stop();
  };
  return { networks, dispose };
});

test('netd is told who may open the tap: our own user, unless the hypervisor gets another', async () => {
  const fake = new FakeNetworks();
  const { socketPath, stop } = await served('netd', ...netdOver(fake));
  const networks = new NetdNetworks(socketPath, 1000);
  const web = {
    uid: '00000000000000aa',
    name: 'web',
    nat: false,
    ipv4Address: '',
    macAddress: '',
    policy: emptyPolicy,
  };
  await networks.ensure(web);
  expect(fake.owners.get(web.uid)).toBe(1000);
  await networks.ensure({ ...web, ownerUid: 7000 });
  expect(fake.owners.get(web.uid)).toBe(7000);
  networks.close();
  await stop();
});

imagesContract('imaged’s client', async () => {
  const { socketPath, stop } = await served('imaged', imagedOver(new FakeImages(['debian'], ['cloud', 'other'])));
  const images = new ImagedImages(socketPath);
  const dispose = async () => {
    images.close();
    await stop();
  };
  return { images, image: 'debian', kernel: 'other', dispose };
});

test('imaged is told the name of who holds, beside its uid', async () => {
  const fake = new FakeImages();
  const { socketPath, stop } = await served('imaged', imagedOver(fake));
  const images = new ImagedImages(socketPath);
  await images.acquire({ uid: '00000000000000aa', name: 'web' }, 'debian', '');
  expect([...fake.holderNames]).toEqual([['00000000000000aa', 'web']]);
  images.close();
  await stop();
});

test('a kernel without the PVH entry is told from one of which that is not known', async () => {
  const fake = new FakeImages();
  const held = await fake.acquire({ uid: '00000000000000aa', name: 'web' }, 'debian', '');
  const acquired = async (entries: KernelEntry[]) => {
    const { kernelDigest: digest, rootfsPath, vmlinuxPath, initrdPath } = held;
    const paths = { rootfsPath, vmlinuxPath, initrdPath, layerPaths: [], initrdFormat: 3 };
    const answer = { image: Image.fromPartial({ digest: held.origin.digest }), ...paths };
    const handlers: Partial<Handlers<typeof ImageServiceService>> = {
      acquireLease: async () => ({ ...answer, kernel: Kernel.fromPartial({ digest, entries }) }),
    };
    const binding = bind(ImageServiceService, handlers as Handlers<typeof ImageServiceService>);
    const { socketPath, stop } = await served('imaged', binding);
    const images = new ImagedImages(socketPath);
    const { kernelHasPvh } = await images.acquire({ uid: '00000000000000aa', name: 'web' }, 'debian', '');
    images.close();
    await stop();
    return kernelHasPvh;
  };
  expect(await acquired([])).toBe(true);
  expect(await acquired([KernelEntry.PVH])).toBe(true);
  expect(await acquired([KernelEntry.LINUX64])).toBe(false);
});
