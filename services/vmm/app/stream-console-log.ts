import { invalidRequest } from '../../../lib/errors.js';
import type { ConsoleReadOptions } from './ports.js';
import { requireVm } from './verbs.js';
import type { World } from './world.js';

/**
 * What a VM wrote to its console, from `tailBytes` before the end, 0 for everything, and since a time when one is given. With
 * `onlyNew` nothing that is there.
 */
export function streamConsoleLog(
  world: World,
  name: string,
  { tailBytes = 0, onlyNew = false, ...options }: ConsoleReadOptions & { readonly onlyNew?: boolean | undefined },
): AsyncIterable<Uint8Array> {
  if (tailBytes < 0) {
    throw invalidRequest(`read the console log of vm ${name}`, [
      { field: 'tail_bytes', description: `must be 0 or more, is ${tailBytes}` },
    ]);
  }
  return world.consoles.read(requireVm(world, name).uid, {
    ...options,
    tailBytes: onlyNew ? 0 : tailBytes || undefined,
  });
}
