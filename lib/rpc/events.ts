import * as wire from '../../gen/banger/events/v1/event_service.js';
import { invalidRequest } from '../errors.js';
import type { EventNews, EventQuery, EventType, ToldEvent, VerbOutcome } from '../events/event.js';
import type { EventLog } from '../events/event-log.js';
import { bind, type ServiceBinding } from './server.js';

/** The words of banger.events.v1 and ours. */

const wireTypes: Readonly<Record<EventType, wire.EventType>> = {
  verb: wire.EventType.VERB,
  vm: wire.EventType.VM,
  attachment: wire.EventType.ATTACHMENT,
  image: wire.EventType.IMAGE,
  kernel: wire.EventType.KERNEL,
  lease: wire.EventType.LEASE,
  service: wire.EventType.SERVICE,
  repair: wire.EventType.REPAIR,
};

const wireOutcomes: Readonly<Record<VerbOutcome, wire.Outcome>> = {
  accepted: wire.Outcome.ACCEPTED,
  refused: wire.Outcome.REFUSED,
  failed: wire.Outcome.FAILED,
};

const maxTail = 100_000;

/** banger.events.v1.EventService over a service's own log: the same for every service, as its health is. */
export function bindEvents(service: string, events: Pick<EventLog, 'read'>): ServiceBinding {
  return bind(wire.EventServiceService, {
    async *watchEvents(request, { signal }) {
      const query = toQuery(request);
      for await (const news of events.read(query, request.follow, signal)) yield toResponse(service, news);
    },
  });
}

/** An event as the wire has it, told by this service. */
export function toWireEvent(service: string, event: ToldEvent): wire.Event {
  const { time, type, outcome, object = '', uid = '', reason = '', caller, ...rest } = event;
  return {
    ...rest,
    service,
    time: new Date(time),
    type: wireTypes[type],
    outcome: outcome ? wireOutcomes[outcome] : wire.Outcome.UNSPECIFIED,
    object,
    uid,
    reason,
    caller: caller && { ...caller, certificate: caller.certificate ?? '', address: caller.address ?? '' },
  };
}

function toQuery({ afterId, since, types, object, requestId, tail }: wire.WatchEventsRequest): EventQuery {
  const ours = types.flatMap((type) => {
    const found = Object.entries(wireTypes).find(([, other]) => other === type);
    return found ? [found[0] as EventType] : [];
  });
  const problems = [
    ...(types.length > ours.length ? [{ field: 'types', description: 'holds a type that is none' }] : []),
    ...(tail < 0 || tail > maxTail ? [{ field: 'tail', description: `must be 0 to ${maxTail}, is ${tail}` }] : []),
    ...(afterId < 0 ? [{ field: 'after_id', description: `must not be negative, is ${afterId}` }] : []),
  ];
  if (problems.length > 0) throw invalidRequest('watch events', problems);
  return { afterId, since: since?.getTime(), types: ours, object, requestId, tail };
}

function toResponse(service: string, news: EventNews): wire.WatchEventsResponse {
  if (news.kind === 'happened') return { event: { $case: 'happened', value: toWireEvent(service, news.event) } };
  if (news.kind === 'missed') return { event: { $case: 'missed', value: { count: news.count } } };
  return { event: { $case: 'synced', value: { id: news.id } } };
}
