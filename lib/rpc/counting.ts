import { status } from '@grpc/grpc-js';
import { rpcMoments } from '../metrics/moments.js';

/** How a method is counted. */
export interface Counted {
  /** Such as "VmService/CreateVm". */
  readonly method: string;
  readonly isStream: boolean;
}

/** Tells that a call has begun, if anybody wants to know; what it returns tells with which status it has ended. */
export function counting({ method, isStream }: Counted): (code?: status) => void {
  if (!rpcMoments.hasSubscribers) return () => undefined;
  rpcMoments.publish({ method, isStream });
  const start = performance.now();
  return (code = status.OK) =>
    rpcMoments.publish({ method, isStream, code: status[code], seconds: (performance.now() - start) / 1000 });
}
