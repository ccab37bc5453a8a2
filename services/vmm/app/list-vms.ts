import { invalidRequest } from '../../../lib/errors.js';
import type { Vm } from '../domain/vm.js';
import type { World } from './world.js';

export interface Page {
  readonly vms: readonly Vm[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

const largestPage = 500;

/** VMs by name, a page at a time. A token stands for the name that the page before ended with. */
export function listVms({ store }: World, pageSize: number, pageToken: string): Page {
  if (!Number.isInteger(pageSize) || pageSize < 0 || pageSize > largestPage) {
    throw invalidRequest('list vms', [{ field: 'page_size', description: `must be 0 to ${largestPage}` }]);
  }
  const after = Buffer.from(pageToken, 'base64url').toString('utf8');
  const rest = store.list().filter((vm) => vm.name > after);
  const vms = rest.slice(0, pageSize || largestPage);
  const last = vms.length < rest.length ? (vms.at(-1)?.name ?? '') : '';
  return { vms, nextPageToken: Buffer.from(last).toString('base64url') };
}
