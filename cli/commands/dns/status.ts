import { GetDnsStatusResponse } from '../../../gen/banger/dnsd/v1/dns_service.js';
import { defineCommand } from '../../define-command.js';
import { lookForWiring } from '../../resolver/wired.js';
import { dnsDetails } from '../../views/dns.js';

export const command = defineCommand({
  summary: 'Show where names are answered, how fresh they are, and whether this host asks',
  examples: [['dns status', 'listeners, serial number and counts']],
  async run(ctx) {
    const dnsd = await ctx.clients.dnsd();
    const [status, wiring] = await Promise.all([dnsd.getDnsStatus({}, { signal: ctx.signal }), lookForWiring(ctx)]);
    const { severity, found, remedy } = wiring;
    return {
      json: { ...(GetDnsStatusResponse.toJSON(status) as object), host: { isWired: severity === 'ok', found, remedy } },
      text: (style) => dnsDetails(status, wiring, style),
    };
  },
});
