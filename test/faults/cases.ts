import type { ServiceName } from '../../lib/paths.js';
import type { Kill, Moment } from './kill-plan.js';

/** dnsd does nothing to the host, and is killed all the same: no verb may wait for it. */
const services: readonly ServiceName[] = ['vmm', 'netd', 'imaged', 'dnsd'];

/** Every service at each of these moments. */
export function allKills(moments: readonly Moment[]): Kill[] {
  return moments.flatMap((moment) => services.map((kill) => ({ ...moment, kill })));
}

/** Only the service whose moment it is: at one edge of each step that is not in `taken` yet, in turns. */
export function someKills(moments: readonly Moment[], taken: Set<string>): Kill[] {
  return moments.flatMap((moment) => {
    const step = `${moment.service} ${moment.step}`;
    const isItsTurn = moment.edge === (taken.size % 2 === 0 ? 'intent' : 'effect');
    if (taken.has(step) || !isItsTurn) return [];
    taken.add(step);
    return [{ ...moment, kill: moment.service }];
  });
}
