import { collide } from '../../lib/network-policy/policy.js';
import type { Mistake, WantedVm } from './file.js';
import { keys } from './keys.js';
import { policyOf, type VmShape } from './shape.js';

/** What is right for each VM alone, and cannot be for all of them together. */
export function sharedMistakes(vms: readonly WantedVm[]): Mistake[] {
  return [...nameMistakes(vms), ...placeMistakes(vms, 'ip'), ...placeMistakes(vms, 'mac'), ...portMistakes(vms)];
}

/** Names and aliases are one set. */
function nameMistakes(vms: readonly WantedVm[]): Mistake[] {
  const holders = new Map(vms.map(({ name }) => [name, name]));
  return vms.flatMap(({ name, shape }) =>
    shape.aliases.flatMap((alias, i) => {
      const holder = holders.get(alias);
      holders.set(alias, holder ?? name);
      return holder === undefined
        ? []
        : [{ path: ['vms', name, 'aliases', i], description: `vm ${holder} has this name too` }];
    }),
  );
}

function placeMistakes(vms: readonly WantedVm[], field: 'ip' | 'mac'): Mistake[] {
  const holders = new Map<string, string>();
  return vms.flatMap(({ name, shape }) => {
    const place = shape[field];
    const holder = holders.get(place);
    if (place !== '' && holder === undefined) holders.set(place, name);
    return holder === undefined
      ? []
      : [{ path: ['vms', name, keys[field].key], description: `vm ${holder} has it too` }];
  });
}

function portMistakes(vms: readonly WantedVm[]): Mistake[] {
  const taken = vms.flatMap(({ name, shape }) => portsOf(shape).map((port) => ({ name, port })));
  return taken.flatMap(({ name, port }, i) => {
    const other = taken.slice(0, i).find((earlier) => collide(earlier.port, port));
    if (other === undefined) return [];
    const description = `the port ${port.hostPort}/${port.protocol} of the host is published by vm ${other.name} already`;
    return [{ path: ['vms', name, 'publish'], description }];
  });
}

const portsOf = (shape: VmShape) => policyOf(shape).publishedPorts;
