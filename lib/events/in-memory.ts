import type { Log } from '../log.js';
import { openDatabase } from '../store/database.js';
import { EventLog, eventsMigration } from './event-log.js';

/** Events that last as long as the process. Their ids begin at the time, so that a later process gives none again. */
export function eventsInMemory(log: Log): EventLog {
  return new EventLog(openDatabase(':memory:', [eventsMigration]), log, { firstId: Date.now() });
}
