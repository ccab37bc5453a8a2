import type { Call } from './calls.js';

/** What serves a call: returns the body of the answer, or nothing for one without. */
export type Handler = (call: Call) => unknown;

/** By the name of the call. */
export type Handlers = Readonly<Record<string, Handler>>;
