import { ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import type { Collect, Sample } from '../lib/metrics/metrics.js';
import type { ServiceKeeper } from './keeper.js';

const states: readonly [ServiceState, string][] = [
  [ServiceState.STARTING, 'starting'],
  [ServiceState.HEALTHY, 'healthy'],
  [ServiceState.BACKOFF, 'backoff'],
  [ServiceState.STOPPED, 'stopped'],
];

/** What the supervisor tells of the services at a scrape. */
export function supervisorMetrics(keepers: readonly Pick<ServiceKeeper, 'status'>[]): Collect {
  return () => keepers.flatMap((keeper) => samplesOf(keeper.status()));
}

function samplesOf({ name: service, state, restartCount }: ReturnType<ServiceKeeper['status']>): Sample[] {
  return [
    { name: 'banger_service_up', labels: { service }, value: state === ServiceState.HEALTHY ? 1 : 0 },
    ...states.map(([each, word]): Sample => {
      return { name: 'banger_service_state', labels: { service, state: word }, value: each === state ? 1 : 0 };
    }),
    { name: 'banger_service_restarts_total', labels: { service }, value: restartCount },
  ];
}
