import type { Look, Mendable } from '../discrepancy.js';
import type { Journal } from './journal.js';

/** What a look finds, and after it what the journal has forgotten. */
export function withForgotten(journal: Journal, look: Look): Look {
  return async () => [...(await look()), ...forgottenIntents(journal)];
}

/** Intents without a fact that nobody is at, each as something to be mended. */
export function forgottenIntents(journal: Journal): readonly Mendable[] {
  const mend = async () => journal.closeForgotten();
  return journal.forgotten().map(({ id, step, subject }) => ({
    kind: 'JOURNAL',
    subject: `entry ${id}, ${step} of ${subject}`,
    found: 'was begun and never written down as ended, and nobody is at it',
    remedy: 'close it as interrupted',
    mend,
  }));
}
