import { Event, EventType } from '../../gen/banger/events/v1/event_service.js';
import { defineCommand } from '../define-command.js';
import { usageError } from '../errors.js';
import { followEvents, keptEvents } from '../event-feed.js';
import { parseSince } from '../parse/since.js';
import { styleFor } from '../render/style.js';
import { eventLine, eventLines } from '../views/events.js';

const types = ['verb', 'vm', 'attachment', 'image', 'kernel', 'lease', 'service', 'repair'] as const;
const defaultTail = 100;

export const command = defineCommand({
  summary: 'Tell what has happened, and who asked for it',
  description:
    'Events of all services by time: what VMs did, what somebody asked for and what became of it, leases, images, repairs. ' +
    'They are kept over restarts, for a month at most. With --follow it goes on until Ctrl-C, also while services restart. ' +
    'Times are UTC. With --json: a JSON object in each line.',
  options: {
    follow: { type: 'flag', alias: 'f', summary: 'Go on with what happens, until Ctrl-C' },
    since: { type: 'text', summary: 'Only from then on: 10m, 2h or 1d ago, or a time such as 2026-11-26T08:00:00Z' },
    vm: { type: 'text', summary: 'Only of this VM, image or service' },
    type: { type: 'list', summary: 'Only of these kinds, with commas between them', choices: types },
    request: { type: 'text', summary: 'Only what was done for this request' },
    tail: {
      type: 'count',
      alias: 'n',
      summary: `How many of the last that are kept; ${defaultTail} unless given or with --since, 0 for all`,
      zero: true,
    },
  },
  examples: [
    ['events', `the last ${defaultTail}`],
    ['events -f --vm web', 'what happens to web, as it happens'],
    ['events --since 1h --type verb', 'the audit trail of the last hour'],
  ],
  async run(ctx, { options }) {
    const { follow, since, vm = '', type = [], request = '', tail } = options;
    const from = since === undefined ? undefined : parseSince(since, new Date());
    if (typeof from === 'string') throw usageError([{ field: '--since', description: from }], 'banger events --help');
    const filter = {
      since: from,
      types: type.map((name) => EventType[name.toUpperCase() as 'VERB']),
      object: vm,
      requestId: request,
      tail: tail ?? (from || request ? 0 : defaultTail),
    };
    if (!follow) {
      const { events, errors } = await keptEvents(ctx, filter);
      if (!ctx.json) return { json: undefined, text: (style) => eventLines(events, style), errors };
      for (const event of events) ctx.write(`${JSON.stringify(Event.toJSON(event))}\n`);
      if (errors.length > 0) throw errors[0];
      return undefined;
    }
    const style = styleFor({ isTTY: ctx.outputIsTerminal, write: () => true }, ctx.env);
    await followEvents(ctx, filter, ({ event, missed }) => {
      if (missed) ctx.note(`${missed.service}: ${missed.count} events were thrown away before they could be read`);
      if (event) ctx.write(`${ctx.json ? JSON.stringify(Event.toJSON(event)) : eventLine(event, style)}\n`);
    });
    return undefined;
  },
});
