import { GetDnsStatusResponse } from '../../../gen/banger/dnsd/v1/dns_service.js';
import { defineCommand } from '../../define-command.js';
import { dnsDetails } from '../../views/dns.js';

export const command = defineCommand({
  summary: 'Show where names are answered, and how fresh they are',
  examples: [['dns status', 'listeners, serial number and counts']],
  async run(ctx) {
    const dnsd = await ctx.clients.dnsd();
    const status = await dnsd.getDnsStatus({}, { signal: ctx.signal });
    return { json: GetDnsStatusResponse.toJSON(status), text: (style) => dnsDetails(status, style) };
  },
});
