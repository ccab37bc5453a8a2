/** A peer that restarts is back within this; longer waits are for the worker to decide, which tries again. */
export const peerDeadlineMs = 10_000;

/** A peer broke the contract. */
export function missingInAnswer(peer: string, field: string): Error {
  return new Error(`${peer} answered without ${field}`);
}
