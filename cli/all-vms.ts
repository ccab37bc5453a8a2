import type { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import type { Context } from './context.js';

/**
 * Every VM that a selector names, by name; every one there is for an empty selector. Reads all pages, each within the
 * deadline when one is given.
 */
export async function allVms(ctx: Context, selector = '', deadlineMs?: number): Promise<Vm[]> {
  const vmm = await ctx.clients.vmm();
  const all: Vm[] = [];
  let pageToken = '';
  do {
    const page = await vmm.listVms({ pageSize: 0, pageToken, selector }, { signal: ctx.signal, deadlineMs });
    all.push(...page.vms);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}
