import { invalidRequest } from '../../../lib/errors.js';
import type { Vm } from '../domain/vm.js';
import { type Selection, selectionOf } from './selection.js';
import type { World } from './world.js';

export interface Page {
  readonly vms: readonly Vm[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

export interface ListRequest {
  readonly pageSize: number;
  readonly pageToken: string;
  /** Empty for all VMs. */
  readonly selector: string;
}

const largestPage = 500;

/** VMs by name, a page at a time. A token stands for the name that the page before ended with. */
export function listVms({ store }: World, { pageSize, pageToken, selector }: ListRequest): Page {
  const isSelected = checked(pageSize, selector);
  const after = Buffer.from(pageToken, 'base64url').toString('utf8');
  const rest = store.list().filter((vm) => vm.name > after && isSelected(vm));
  const vms = rest.slice(0, pageSize || largestPage);
  const last = vms.length < rest.length ? (vms.at(-1)?.name ?? '') : '';
  return { vms, nextPageToken: Buffer.from(last).toString('base64url') };
}

/** Fails with every mistake of the request. */
function checked(pageSize: number, selector: string): Selection['isSelected'] {
  const { isSelected, violations } = selectionOf(selector);
  const size = !Number.isInteger(pageSize) || pageSize < 0 || pageSize > largestPage;
  const all = [...(size ? [{ field: 'page_size', description: `must be 0 to ${largestPage}` }] : []), ...violations];
  if (all.length > 0) throw invalidRequest('list vms', all);
  return isSelected;
}
