import { AsyncLocalStorage } from 'node:async_hooks';
import { type BangerError, type ErrorKind, toBangerError } from '../errors.js';
import type { EventDraft, VerbOutcome } from './event.js';

/** What a verb is done to. */
export interface Deed {
  /** A name; absent when it is not one thing. */
  readonly object?: string;
  readonly uid?: string;
}

/** A call that shall change something. */
export interface PendingVerb {
  readonly name: string;
  /** Undefined while it is not known, and for a call that turned out to change nothing. */
  deed: Deed | undefined;
  /** Whether the trail has it already. */
  isRecorded: boolean;
}

/** Where verbs are written down: an event log. */
export interface Trail {
  tell(draft: EventDraft): void;
}

const storage = new AsyncLocalStorage<PendingVerb>();

/** The verb that the calling code works for, if any. */
export function pendingVerb(): PendingVerb | undefined {
  return storage.getStore();
}

/** Does the work of a verb, and writes down what became of it. What is accepted may be written before, with its change. */
export async function audited<T>(trail: Trail, verb: PendingVerb, work: () => Promise<T>): Promise<T> {
  try {
    const result = await storage.run(verb, work);
    if (!verb.isRecorded) tell(trail, verb, 'accepted');
    return result;
  } catch (error) {
    const known = toBangerError(error);
    tell(trail, verb, outcomeOf(known), known);
    throw error;
  } finally {
    // What goes on in the background was accepted, refused or failed: it is not told again.
    verb.isRecorded = true;
  }
}

function tell(trail: Trail, verb: PendingVerb, outcome: VerbOutcome, error?: BangerError): void {
  if (verb.deed === undefined) return;
  const why = error && { reason: error.reason };
  trail.tell({ type: 'verb', action: verb.name, ...verb.deed, outcome, ...why, message: error?.message ?? verb.name });
}

/** Wrong whatever happens, or wrong as things are: the caller has to ask for something else. */
const refusals: readonly ErrorKind[] = ['invalid', 'not-found', 'exists', 'wrong-state', 'conflict', 'unsupported'];

function outcomeOf({ kind }: BangerError): VerbOutcome {
  return refusals.includes(kind) ? 'refused' : 'failed';
}
