import { defineCommand } from '../../define-command.js';

export const command = defineCommand({
  summary: 'Let an address that is not a VM reach other networks',
  options: {
    addr: { type: 'text', summary: 'The IPv4 address', required: true },
    tap: { type: 'text', summary: 'The network interface that it is behind', required: true },
  },
  examples: [['internal nat up --addr 10.0.0.2 --tap tap0', 'for 10.0.0.2 behind tap0']],
  async run(ctx, call) {
    const netd = await ctx.clients.netd();
    const { addr, tap } = call.options;
    await netd.putNatRule({ ipv4Address: addr, tap }, { signal: ctx.signal });
    return { json: { ipv4Address: addr, tap, nat: true }, text: () => `${addr} behind ${tap} reaches other networks` };
  },
});
