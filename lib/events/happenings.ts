import type { EventLog } from './event-log.js';

/** Where a store and a use case tell what happens. */
export type Happenings = Pick<EventLog, 'record' | 'tell' | 'acceptVerb'>;

/** For those whom nobody listens to: tests, and tools that open a database. */
export const untold: Happenings = { record: () => undefined, tell: () => undefined, acceptVerb: () => undefined };
