import { audited } from '../events/audit.js';
import type { EventLog } from '../events/event-log.js';
import type { Database } from '../store/database.js';

/** Does work as a verb's, and returns what the trail has of it while the verb has not ended: what would outlast a crash. */
export async function trailDuring(database: Database, events: EventLog, work: () => unknown): Promise<string[]> {
  const outcomes = (after: number) =>
    database.all<{ id: number; outcome: string }>(
      `SELECT id, outcome FROM event WHERE type = 'verb' AND id > ? ORDER BY id`,
      after,
    );
  const before = outcomes(0).at(-1)?.id ?? 0;
  return audited(events, { name: 'DoIt', deed: { object: 'it' }, isRecorded: false }, async () => {
    await work();
    return outcomes(before).map(({ outcome }) => outcome);
  });
}
