import type { Event, WatchEventsRequest } from '../gen/banger/events/v1/event_service.js';
import { delay } from '../lib/clock.js';
import { commonReasons, isBangerError } from '../lib/errors.js';
import { serviceNames } from '../lib/paths.js';
import type { Context } from './context.js';

/** Everybody who tells events. */
const tellers = [...serviceNames, 'supervisor'] as const;
type Teller = (typeof tellers)[number];

export type EventFilter = Pick<WatchEventsRequest, 'since' | 'types' | 'object' | 'requestId' | 'tail'>;

/** What comes of asking everybody once. */
export interface KeptEvents {
  readonly events: readonly Event[];
  /** Why some do not answer. */
  readonly errors: readonly unknown[];
}

/** What all services have kept, by time. A service that does not answer keeps nobody else's from being told. */
export async function keptEvents(ctx: Context, filter: EventFilter): Promise<KeptEvents> {
  const answers = await Promise.allSettled(tellers.map((teller) => kept(ctx, teller, filter)));
  const events = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  const newest = filter.tail > 0 ? events.sort(byTime).slice(-filter.tail) : events.sort(byTime);
  return { events: newest, errors };
}

async function kept(ctx: Context, teller: Teller, filter: EventFilter): Promise<Event[]> {
  const client = await ctx.clients.events(teller);
  const events: Event[] = [];
  const request = { ...filter, afterId: 0, follow: false };
  for await (const { event } of client.watchEvents(request, { signal: ctx.signal, deadlineMs: 30_000 })) {
    if (event?.$case === 'happened') events.push(event.value);
  }
  return events;
}

export interface FollowedNews {
  readonly event?: Event;
  /** So many events of a service were thrown away before they could be read. */
  readonly missed?: { readonly service: string; readonly count: number };
}

/** Between services that tell of the same moment lies no more than this. */
const orderWindowMs = 200;
/** For a service that is away: it is back in a moment, or somebody repairs it. */
const retryMs = 500;

/**
 * What all services tell, by time as far as that can be known, until the signal aborts. A service that is away or restarts
 * is asked again where it was; the others are told meanwhile.
 */
export async function followEvents(
  ctx: Context,
  filter: EventFilter,
  onNews: (news: FollowedNews) => void,
): Promise<void> {
  const order = new TimeOrder(onNews);
  try {
    await Promise.all(tellers.map((teller) => followOne(ctx, teller, filter, order)));
  } catch (error) {
    if (!ctx.signal.aborted) throw error;
  } finally {
    order.flush();
  }
}

async function followOne(ctx: Context, teller: Teller, filter: EventFilter, order: TimeOrder): Promise<void> {
  const client = await ctx.clients.events(teller);
  let afterId = 0;
  let { since, tail } = filter;
  while (!ctx.signal.aborted) {
    try {
      const request = { ...filter, since, tail, afterId, follow: true };
      for await (const { event } of client.watchEvents(request, { signal: ctx.signal })) {
        if (event?.$case === 'happened') {
          afterId = event.value.id;
          order.add(event.value);
        } else if (event?.$case === 'missed') {
          order.tell({ missed: { service: teller, count: event.value.count } });
        } else if (event?.$case === 'synced') {
          afterId = Math.max(afterId, event.value.id);
          // From here on it is the id that says where we are, also in a log that begins anew.
          [since, tail] = [undefined, 0];
        }
      }
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    await delay(retryMs, ctx.signal);
  }
}

function isAway(error: unknown): boolean {
  const reasons = [commonReasons.SERVICE_UNREACHABLE, commonReasons.SHUTTING_DOWN, commonReasons.CANCELLED];
  return reasons.some((reason) => isBangerError(error, reason));
}

/** Holds each event for a moment, so that an earlier one of another service comes first. */
class TimeOrder {
  #held: Event[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly onNews: (news: FollowedNews) => void) {}

  tell(news: FollowedNews): void {
    this.onNews(news);
  }

  add(event: Event): void {
    this.#held.push(event);
    this.#timer ??= setTimeout(() => this.flush(), orderWindowMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const event of this.#held.splice(0).sort(byTime)) this.onNews({ event });
  }
}

function byTime(one: Event, other: Event): number {
  const ms = (one.time?.getTime() ?? 0) - (other.time?.getTime() ?? 0);
  if (ms !== 0) return ms;
  return one.service === other.service ? one.id - other.id : one.service < other.service ? -1 : 1;
}
