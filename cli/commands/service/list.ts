import { Service } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import { defineCommand } from '../../define-command.js';
import { serviceTable } from '../../views/service.js';

export const command = defineCommand({
  summary: 'List the services',
  examples: [
    ['service list', 'with processes, restarts and why they ended last'],
    ['service list --json', 'an array of services, for programs'],
  ],
  async run(ctx) {
    const supervisor = await ctx.clients.supervisor();
    const { services } = await supervisor.getStatus({}, { signal: ctx.signal });
    return { json: services.map((one) => Service.toJSON(one)), text: (style) => serviceTable(services, style) };
  },
});
