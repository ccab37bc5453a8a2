import { join } from 'node:path';
import { EventLog, eventsMigration } from '../lib/events/event-log.js';
import { eventsInMemory } from '../lib/events/in-memory.js';
import type { Log } from '../lib/log.js';
import { openDatabase } from '../lib/store/database.js';

/**
 * The supervisor's events, in a database of their own. Services are kept up whether they can be written or not: on a disk
 * that is full they are kept in memory, and lost with it.
 */
export function openEvents(stateDir: string, log: Log): { readonly events: EventLog; close(): void } {
  const path = join(stateDir, 'supervisor', 'supervisor.db');
  try {
    const database = openDatabase(path, [eventsMigration]);
    return { events: new EventLog(database, log), close: () => database.close() };
  } catch (err) {
    log.warn({ err, path }, 'events cannot be kept; those of now are in memory');
    return { events: eventsInMemory(log), close: () => undefined };
  }
}
