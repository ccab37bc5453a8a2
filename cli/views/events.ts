import {
  type Event,
  type EventCaller,
  EventType,
  eventTypeToJSON,
  Outcome,
  outcomeToJSON,
} from '../../gen/banger/events/v1/event_service.js';
import { enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { printable } from '../render/text.js';

/** A line for each, the oldest first. */
export function eventLines(events: readonly Event[], style: Style): string {
  return events.map((event) => eventLine(event, style)).join('\n');
}

/** "08:15:03.120 vmm  web  running  STARTING → RUNNING", with the day where it is another than today's. */
export function eventLine(event: Event, style: Style): string {
  const words = [
    style.dim(timeText(event.time)),
    event.service.padEnd('supervisor'.length),
    printable(event.object || event.uid || '-'),
    actionText(event, style),
    printable(messageText(event)),
    ...(event.reason ? [`[${event.reason}]`] : []),
    style.dim(printable(whoText(event))),
  ];
  return words.filter((word) => word !== '').join('  ');
}

function timeText(time: Date | undefined): string {
  return (time ?? new Date(0)).toISOString().replace('T', ' ').replace('Z', '');
}

function actionText({ type, action, outcome }: Event, style: Style): string {
  if (type !== EventType.VERB) return printable(`${enumName(eventTypeToJSON(type), 'EVENT_TYPE')} ${action}`);
  const word = enumName(outcomeToJSON(outcome), 'OUTCOME');
  return `${action} ${outcome === Outcome.ACCEPTED ? word : style.yellow(word)}`;
}

function messageText({ message, action }: Event): string {
  return message === action ? '' : message;
}

function whoText({ caller, requestId }: Event): string {
  const who = caller && callerText(caller);
  return [who && `by ${who}`, requestId && `request ${requestId}`].filter(Boolean).join(' ');
}

function callerText({ user, uid, program, pid, certificate, address }: EventCaller): string {
  if (certificate) return `${certificate} (${address})`;
  return `${user || uid}${program && ` (${program}, pid ${pid})`}`;
}
