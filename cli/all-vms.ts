import type { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import type { Context } from './context.js';

/** Every VM that a selector names, by name; every one there is for an empty selector. Reads all pages. */
export async function allVms(ctx: Context, selector = ''): Promise<Vm[]> {
  const vmm = await ctx.clients.vmm();
  const all: Vm[] = [];
  let pageToken = '';
  do {
    const page = await vmm.listVms({ pageSize: 0, pageToken, selector }, { signal: ctx.signal });
    all.push(...page.vms);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}
