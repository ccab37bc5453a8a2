import { stringify } from 'smol-toml';
import type { Vm } from '../../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../../lib/errors.js';
import { reasons } from '../errors.js';
import { projectLabel, sizeText } from './compare.js';
import { currentOf } from './current.js';
import { keys, ownPrefix, shapeNames } from './keys.js';
import { type GuestData, standardShape, type VmShape } from './shape.js';

export interface ExportedVm {
  readonly vm: Vm;
  readonly data: GuestData;
}

/** VMs as a file that asks for just them, as they are. Fails when they are of different projects. */
export function exportText(vms: readonly ExportedVm[]): string {
  const current = vms.map(({ vm, data }) => currentOf(vm, data));
  const projects = [...new Set(current.map(({ shape }) => shape.labels[projectLabel] ?? ''))];
  if (projects.length > 1) throw severalProjects(projects);
  const [project = ''] = projects;
  return stringify({
    ...(project !== '' && { project }),
    vms: Object.fromEntries(current.map(({ name, shape }) => [name, tableOf(shape)])),
  });
}

/** What is as it would be unasked is left out; the image is said, for it decides what the rest means. */
function tableOf(shape: VmShape): Record<string, unknown> {
  const own = Object.entries(shape.labels).filter(([key]) => !key.startsWith(ownPrefix));
  const told = { ...shape, labels: Object.fromEntries(own) };
  const names = shapeNames.filter((name) => {
    return name === 'image' || JSON.stringify(told[name]) !== JSON.stringify(standardShape[name]);
  });
  return Object.fromEntries(names.map((name) => [keys[name].key, written(name, told)]));
}

function written(name: keyof VmShape, shape: VmShape): unknown {
  const isSize = name === 'memory' || name === 'disk' || name === 'workDisk';
  return isSize ? sizeText(Number(shape[name])) : shape[name];
}

function severalProjects(projects: readonly string[]): BangerError {
  const told = projects.map((project) => project || 'none').join(', ');
  const message = `cannot export these vms in one file: they are of several projects (${told}); export those of each by themselves, as with \`-l ${projectLabel}=NAME\` or \`-l !${projectLabel}\``;
  return new BangerError('wrong-state', reasons.APPLY_REFUSED, message, { metadata: { projects: told } });
}
