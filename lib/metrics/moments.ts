import { channel } from 'node:diagnostics_channel';
import type { MetricName } from './catalogue.js';

/**
 * What happens in the middle of the code that somebody may want to count. Who tells it pays for a look at whether anybody
 * listens, and nobody does unless metrics are on.
 */

/** A call of this process's API. `code` is absent when it begins. */
export interface RpcMoment {
  /** Such as "VmService/CreateVm". */
  readonly method: string;
  readonly isStream: boolean;
  /** The name of the gRPC status that the caller got, such as "OK". */
  readonly code?: string;
  /** How long it took. */
  readonly seconds?: number;
}

export const rpcMoments = channel('banger:rpc');

/** Something that is counted, or timed when it has seconds. */
export interface CountedMoment {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly seconds?: number;
}

export const countedMoments = channel('banger:counted');

/** Counts one; or, for a histogram, that it took so many seconds. */
export function counted(name: MetricName, labels: Readonly<Record<string, string>>, seconds?: number): void {
  if (countedMoments.hasSubscribers) countedMoments.publish({ name, labels, seconds } satisfies CountedMoment);
}
