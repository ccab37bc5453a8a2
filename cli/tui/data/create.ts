import { randomUUID } from 'node:crypto';
import { Vm, VmSpec } from '../../../gen/banger/vmm/v1/vm_service.js';
import { toBangerError } from '../../../lib/errors.js';
import type { Context } from '../../context.js';
import { type Parsed, parseCount, parseMebibytes } from '../../parse/size.js';
import type { Draft, DraftMistake } from '../model.js';
import type { Send } from './follow.js';
import { vmRow } from './rows.js';

/** Makes a VM of a draft; all its mistakes are told at once, those of the form and those that vmm finds. */
export async function createVm(ctx: Context, draft: Draft, send: Send): Promise<void> {
  const { spec, mistakes } = specOf(draft);
  try {
    const vmm = await ctx.clients.vmm();
    const request = { name: draft.name.trim(), spec, requestId: randomUUID(), noStart: false, wait: false };
    // With mistakes already, vmm is asked for its own, and makes nothing.
    const { vm } = await vmm.createVm({ ...request, validateOnly: mistakes.length > 0 }, { signal: ctx.signal });
    if (mistakes.length === 0) return send({ kind: 'created', row: vmRow(vm ?? Vm.fromPartial({ name: draft.name })) });
  } catch (error) {
    mistakes.push(...mistakesOf(error));
  }
  send({ kind: 'refused', mistakes });
}

function specOf(draft: Draft): { spec: VmSpec; mistakes: DraftMistake[] } {
  const mistakes: DraftMistake[] = [];
  const read = (field: 'cpus' | 'memory' | 'disk', parse: (text: string) => Parsed): number => {
    const parsed = parse(draft[field].trim());
    if ('value' in parsed) return parsed.value;
    mistakes.push({ field, text: parsed.problem });
    return 0;
  };
  const spec = VmSpec.fromPartial({
    image: draft.image.trim(),
    cpuCount: read('cpus', parseCount),
    memoryMib: read('memory', parseMebibytes),
    diskMib: read('disk', parseMebibytes),
    nat: draft.nat,
  });
  return { spec, mistakes };
}

/** vmm's names of what stands in the form. */
const fieldsOfVmm: Readonly<Record<string, keyof Draft>> = {
  name: 'name',
  image: 'image',
  cpu_count: 'cpus',
  memory_mib: 'memory',
  disk_mib: 'disk',
  nat: 'nat',
};

function mistakesOf(error: unknown): DraftMistake[] {
  const { fields, message } = toBangerError(error);
  if (fields.length === 0) return [{ field: '', text: message }];
  return fields.map(({ field, description }) => {
    const last = field.split('.').at(-1) ?? '';
    const ours = fieldsOfVmm[last];
    return ours ? { field: ours, text: description } : { field: '', text: `${field}: ${description}` };
  });
}
