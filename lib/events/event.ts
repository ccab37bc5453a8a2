/** What services tell of themselves: proto/banger/events/v1 explains each word. */

export const eventTypes = ['verb', 'vm', 'attachment', 'image', 'kernel', 'lease', 'service', 'repair'] as const;
export type EventType = (typeof eventTypes)[number];

export const outcomes = ['accepted', 'refused', 'failed'] as const;
export type VerbOutcome = (typeof outcomes)[number];

/** Who called, with names for people. */
export interface EventCaller {
  /** `noUser` for a caller of another host. */
  readonly uid: number;
  /** Empty when there is none. */
  readonly user: string;
  /** 0 when it is not known. */
  readonly pid: number;
  /** Empty when the process had ended. */
  readonly program: string;
  /** Of a caller of another host: the name in its certificate. */
  readonly certificate?: string;
  /** Of a caller of another host: its IP address. */
  readonly address?: string;
}

/** (uid_t) -1, which no user of a host can have: chown(2). */
export const noUser = 0xffff_ffff;

/** What is told; the log adds when, by whom and for which request. */
export interface EventDraft {
  readonly type: EventType;
  readonly action: string;
  /** A name; absent when it is not one thing. */
  readonly object?: string;
  readonly uid?: string;
  readonly outcome?: VerbOutcome;
  /** From a catalogue of errors. */
  readonly reason?: string;
  /** A sentence, without a full stop. */
  readonly message: string;
}

export interface ToldEvent extends EventDraft {
  /** Grows by one with each event of a service. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Empty for what nobody asked for. */
  readonly requestId: string;
  readonly caller?: EventCaller;
}

/** Which events somebody wants; what is absent or empty does not matter. */
export interface EventQuery {
  readonly afterId?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly types?: readonly EventType[];
  readonly object?: string;
  readonly requestId?: string;
  /** The newest so many of those that are kept. */
  readonly tail?: number;
}

export type EventNews =
  | { readonly kind: 'happened'; readonly event: ToldEvent }
  /** So many were thrown away before they could be read. */
  | { readonly kind: 'missed'; readonly count: number }
  /** All that were kept have been told. */
  | { readonly kind: 'synced'; readonly id: number };

export function isWanted(event: ToldEvent, { since, types = [], object, requestId }: EventQuery): boolean {
  if (since !== undefined && event.time < since) return false;
  if (types.length > 0 && !types.includes(event.type)) return false;
  if (object && event.object !== object) return false;
  return !requestId || event.requestId === requestId;
}
