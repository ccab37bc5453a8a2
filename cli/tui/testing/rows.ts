import type { VmRow } from '../model.js';
import type { Event } from '../state/events.js';
import { initialState, type State } from '../state/state.js';
import { step } from '../state/step.js';

/** States and rows for tests. */

export const vmNamed = (name: string, state = 'running', more: Partial<VmRow> = {}): VmRow => ({
  name,
  uid: '0123456789abcdef',
  state,
  doing: state,
  tone: state === 'running' ? 'good' : state === 'failed' ? 'bad' : 'quiet',
  address: '10.77.0.10',
  cpus: 2,
  memory: '1.5 GiB',
  nat: true,
  image: 'debian',
  created: 0,
  revision: 1,
  reason: '',
  ...more,
});

/** The time at which the tests' screens are looked at: three minutes after the epoch. */
export const now = 180_000;

export const at80x24 = (): State => initialState({ columns: 80, rows: 24 }, now);

/** The state after these events. */
export const having = (state: State, ...events: readonly Event[]): State =>
  events.reduce((current, event) => step(current, event).state, state);

export const keys = (...pressed: readonly string[]): Event => ({ kind: 'keys', keys: pressed });

/** A screen with these VMs. */
export const withVms = (...rows: readonly VmRow[]): State => having(at80x24(), { kind: 'vms', rows });
