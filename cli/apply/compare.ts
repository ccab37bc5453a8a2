import { UpdateVmRequest, type VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { canonicalLabels, type Labels, labelText } from '../../lib/labels/labels.js';
import { hypervisorOf, restartPolicyOf } from '../vm-choices.js';
import { keys, ownPrefix, shapeNames } from './keys.js';
import { specOf, type VmShape } from './shape.js';

/** A VM as it is. */
export interface CurrentVm {
  readonly name: string;
  readonly uid: string;
  readonly shape: VmShape;
  readonly state: VmState;
  /** The addresses that it has; the shape has those that were asked for. */
  readonly ip: string;
  readonly mac: string;
  /** Only there while an image is built in it. */
  readonly temporary: boolean;
}

/** `replace`: not in place, only by a new VM. `next-start`: the VM runs, and has it after a restart. */
export type When = 'now' | 'next-start' | 'replace';

export interface FieldChange {
  /** As in the file. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly when: When;
}

/** The label that says which file a VM is of. */
export const projectLabel = `${ownPrefix}apply`;

/** What a VM becomes when the file's words meet what it is: what is any place in the file stays what it is. */
export function goalOf(wanted: VmShape, project: string, current?: CurrentVm): VmShape {
  const mark: Labels = project === '' ? {} : { [projectLabel]: project };
  if (current === undefined) return { ...wanted, labels: canonicalLabels({ ...wanted.labels, ...mark }) };
  const { shape, ip, mac } = current;
  const own = Object.entries(shape.labels).filter(([key]) => key.startsWith(ownPrefix));
  const labels = canonicalLabels({ ...Object.fromEntries(own), ...wanted.labels, ...mark });
  const place = (asked: string, given: string, before: string) => (asked === '' || asked === given ? before : asked);
  return {
    ...wanted,
    labels,
    ip: place(wanted.ip, ip, shape.ip),
    mac: place(wanted.mac, mac.toLowerCase(), shape.mac),
  };
}

/** What has to change of a VM, in the order of the keys. */
export function fieldChanges(current: CurrentVm, goal: VmShape): FieldChange[] {
  const { shape } = current;
  return shapeNames
    .filter((name) => !isSame(name, shape, goal))
    .map((name) => ({
      key: keys[name].key,
      from: valueText(name, shape),
      to: valueText(name, goal),
      when: whenOf(name, current, goal),
    }));
}

/** Of these the order means nothing. */
const sets: readonly (keyof VmShape)[] = ['aliases', 'allowFrom', 'publish'];

function isSame(name: keyof VmShape, one: VmShape, other: VmShape): boolean {
  const inOrder = (shape: VmShape) => {
    const value = shape[name];
    return JSON.stringify(sets.includes(name) && Array.isArray(value) ? [...value].sort() : value);
  };
  return inOrder(one) === inOrder(other);
}

const fixed: readonly (keyof VmShape)[] = ['image', 'kernel', 'init', 'disk', 'ip', 'mac', 'environment', 'userData'];
const ofAStart: readonly (keyof VmShape)[] = ['cpus', 'memory', 'hypervisor'];

function whenOf(name: keyof VmShape, { shape }: CurrentVm, goal: VmShape): When {
  if (fixed.includes(name) || (name === 'workDisk' && goal.workDisk < shape.workDisk)) return 'replace';
  const waits = ofAStart.includes(name) || (name === 'workDisk' && shape.workDisk === 0);
  return waits && shape.running && goal.running ? 'next-start' : 'now';
}

/** A value for people, as the file would have it. */
export function valueText(name: keyof VmShape, shape: VmShape): string {
  const value = shape[name];
  // They may hold secrets.
  if (name === 'environment') return Object.keys(shape.environment).join(', ') || 'none';
  if (name === 'userData') return value === '' ? 'none' : `${Buffer.byteLength(shape.userData)} bytes`;
  if (name === 'labels') return Object.entries(shape.labels).map(labelText).join(', ') || 'none';
  if (name === 'memory' || name === 'disk' || name === 'workDisk')
    return value === 0 ? 'none' : sizeText(Number(value));
  if (Array.isArray(value)) return value.join(', ') || 'none';
  if (value === '') return name === 'ip' || name === 'mac' ? 'any' : 'default';
  return String(value);
}

/** MiB as the file has them: "2G", "1536M". */
export function sizeText(mib: number): string {
  return mib % 1024 === 0 ? `${mib / 1024}G` : `${mib}M`;
}

/** The request that makes one shape of another; undefined when there is nothing to ask for. What only a new VM has stays. */
export function editOf(name: string, from: VmShape, to: VmShape): UpdateVmRequest | undefined {
  const changed = (field: keyof VmShape) => !isSame(field, from, to);
  const [before, after] = [specOf(from), specOf(to)];
  const fields: Partial<UpdateVmRequest> = {
    ...(changed('cpus') && { cpuCount: to.cpus }),
    ...(changed('memory') && { memoryMib: to.memory }),
    ...(changed('nat') && { nat: to.nat }),
    ...(to.workDisk > from.workDisk && { workDiskMib: to.workDisk }),
    ...(changed('restart') && { restartPolicy: restartPolicyOf(to.restart) }),
    ...(changed('hypervisor') && { hypervisor: hypervisorOf(to.hypervisor) }),
    ...(changed('aliases') && { aliases: { aliases: [...to.aliases] } }),
    ...(changed('allowFrom') && { allowFrom: { sources: [...to.allowFrom] } }),
    ...(changed('egress') && { egress: { rules: after.policy?.egress ?? [] } }),
    ...(changed('publish') && {
      publish: after.policy?.publishedPorts.filter((_, i) => !from.publish.includes(to.publish[i] ?? '')),
      unpublish: before.policy?.publishedPorts.filter((_, i) => !to.publish.includes(from.publish[i] ?? '')),
    }),
    ...(changed('autostart') && { autostart: to.autostart }),
    ...(changed('autostartOrder') && { autostartOrder: to.autostartOrder }),
    ...(changed('labels') && { labels: labelChange(from.labels, to.labels) }),
  };
  return Object.keys(fields).length === 0 ? undefined : UpdateVmRequest.fromPartial({ name, ...fields });
}

function labelChange(from: Labels, to: Labels): { set: { [key: string]: string }; remove: string[] } {
  const set = Object.entries(to).filter(([key, value]) => !Object.hasOwn(from, key) || from[key] !== value);
  return { set: Object.fromEntries(set), remove: Object.keys(from).filter((key) => !Object.hasOwn(to, key)) };
}

/** A VM on its way from one shape to another when it has let go what others may want: names and ports of the host. */
export function releasing(from: VmShape, to: VmShape): VmShape {
  const kept = (field: 'aliases' | 'publish') => from[field].filter((word) => to[field].includes(word));
  return { ...from, aliases: kept('aliases'), publish: kept('publish') };
}
