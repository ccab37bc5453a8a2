import { type Vm, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { isBangerError } from '../../lib/errors.js';
import { allVms } from '../all-vms.js';
import type { Context } from '../context.js';
import { optionOf } from '../render/error.js';
import type { CurrentVm } from './compare.js';
import type { Mistake, Project } from './file.js';
import type { Current } from './plan.js';
import { type GuestData, shapeOf, specOf } from './shape.js';

/** What there is, as the services tell it. */
export async function currentState(ctx: Context, project: Project): Promise<Current> {
  const data = await toldTo(ctx, project);
  const vms = (await allVms(ctx)).map((vm) => currentOf(vm, data.get(vm.name)));
  // Who wants no image needs no imaged.
  if (project.images.length === 0) return { vms, images: [] };
  const imaged = await ctx.clients.imaged();
  const { images } = await imaged.listImages({}, { signal: ctx.signal });
  return { vms, images: images.flatMap(({ names }) => names) };
}

/** What the guests of the VMs that the file names were told, by their names. */
async function toldTo(ctx: Context, { vms }: Project): Promise<Map<string, GuestData>> {
  const vmm = await ctx.clients.vmm();
  const found = vms.map(async ({ name }) => {
    const data = await vmm.getGuestData({ name }, { signal: ctx.signal }).catch(passOver);
    return data ? [[name, data] as const] : [];
  });
  return new Map((await Promise.all(found)).flat());
}

function passOver(error: unknown): undefined {
  if (!isBangerError(error) || error.kind !== 'not-found') throw error;
}

const noData: GuestData = { environment: {}, userData: '' };

export function currentOf(vm: Vm, data = noData): CurrentVm {
  const { name, uid, status, temporary } = vm;
  const { state = VmState.UNSPECIFIED, ipv4Address = '', macAddress = '' } = status ?? {};
  return { name, uid, shape: shapeOf(vm, data), state, ip: ipv4Address, mac: macAddress, temporary };
}

/** The mistakes that vmm finds in what VMs shall be: limits, and what this host has. Nothing is recorded. */
export async function vmMistakes(ctx: Context, { vms }: Project): Promise<Mistake[]> {
  const vmm = await ctx.clients.vmm();
  const found = vms.map(async ({ name, shape }) => {
    const request = { name, spec: specOf(shape), requestId: '', noStart: true, wait: false, validateOnly: true };
    try {
      await vmm.createVm(request, { signal: ctx.signal });
      return [];
    } catch (error) {
      // Only mistakes count: that it is there already, or its image not yet, is what a plan is for.
      if (!isBangerError(error) || error.kind !== 'invalid') return passOn(error);
      return error.fields.map(({ field, description }) => ({ path: ['vms', name, keyOfField(field)], description }));
    }
  });
  return (await Promise.all(found)).flat();
}

/** A vmm that does not answer is no verdict on a file. */
function passOn(error: unknown): Mistake[] {
  if (isBangerError(error) && error.kind !== 'unavailable' && error.kind !== 'internal') return [];
  throw error;
}

const keyOfOption: Readonly<Record<string, string>> = { label: 'labels', env_file: 'env' };

/** What a field of the contract is called in the file: as on the command line, but for its marks. */
function keyOfField(field: string): string {
  const option = optionOf(field)
    .replace(/^--/, '')
    .replaceAll('-', '_')
    .replace(/[[.].*$/, '');
  return keyOfOption[option] ?? option;
}
