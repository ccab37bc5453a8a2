import type {
  CommitVmResponse,
  CustomizeImageRequest,
  CustomizeImageResponse,
  VmServiceService,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import { invalidRequest } from '../../../lib/errors.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { commitVm, type ImageEvent } from '../app/commit-vm.js';
import { type CustomizeEvent, customizeImage } from '../app/customize-image.js';
import type { Vmm } from '../app/vmm.js';
import { fromWireSpec } from './convert.js';

/** Images that are made of VMs, and in them. */
export function imageHandlers(vmm: Vmm): Pick<Handlers<typeof VmServiceService>, 'commitVm' | 'customizeImage'> {
  return {
    async *commitVm({ name, image }, { signal }) {
      const events = commitVm(vmm, { name, image, source: `vm ${name}`, inputDigest: '' }, signal);
      for await (const event of events) yield toWireCommit(event);
    },
    customizeImage: (requests, { signal }) => customize(vmm, requests, signal),
  };
}

function toWireCommit(event: ImageEvent): CommitVmResponse {
  if ('image' in event) return { event: { $case: 'image', value: event.image } };
  return { event: { $case: 'step', value: event.step } };
}

function toWireCustomize(event: CustomizeEvent): CustomizeImageResponse {
  if ('line' in event) return { event: { $case: 'output', value: event.line } };
  if ('vm' in event) return { event: { $case: 'vm', value: event.vm } };
  return toWireCommit(event);
}

/** The requests are read one at a time: the first says what to do, a later one may say to save. */
async function* customize(
  vmm: Vmm,
  requests: AsyncIterable<CustomizeImageRequest>,
  signal: AbortSignal,
): AsyncIterable<CustomizeImageResponse> {
  const input = requests[Symbol.asyncIterator]();
  const next = async () => (await input.next()).value?.request as CustomizeImageRequest['request'];
  const first = await next();
  if (first?.$case !== 'start') {
    const description = 'must be given in the first request';
    throw invalidRequest('build an image', [{ field: 'start', description }]);
  }
  const { image, spec: wireSpec, script, rebuild } = first.value;
  const { spec, violations } = fromWireSpec(wireSpec);
  const customization = { image, spec, violations, rebuild, ...(script.length > 0 && { script }) };
  const saved = async () => (await next())?.$case === 'save';
  for await (const event of customizeImage(vmm, customization, saved, signal)) yield toWireCustomize(event);
}
