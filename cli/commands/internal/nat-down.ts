import { defineCommand } from '../../define-command.js';

export const command = defineCommand({
  summary: 'Take `nat up` back',
  options: {
    addr: { type: 'text', summary: 'The IPv4 address', required: true },
    tap: { type: 'text', summary: 'The network interface that it is behind', required: true },
  },
  examples: [['internal nat down --addr 10.0.0.2 --tap tap0', 'no error when it was not on']],
  async run(ctx, call) {
    const netd = await ctx.clients.netd();
    const { addr, tap } = call.options;
    await netd.deleteNatRule({ ipv4Address: addr, tap }, { signal: ctx.signal });
    return {
      json: { ipv4Address: addr, tap, nat: false },
      text: () => `${addr} behind ${tap} no longer reaches other networks`,
    };
  },
});
