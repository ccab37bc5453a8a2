import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status as statusCodes,
} from '@grpc/grpc-js';
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health.js';

/** The health of a server as a whole, and of each of its services. */
export interface Health {
  /** Tells everybody who watches the server as a whole that it will not serve much longer. */
  notServing(): void;
}

type Watch = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

/** The server as a whole, as the protocol names it. */
const whole = '';

/** Answers grpc.health.v1 for the services of these full names, all of which serve. A watch ends when `stopping` aborts. */
export function addHealth(server: Server, services: readonly string[], stopping: AbortSignal): Health {
  const statuses = new Map([whole, ...services].map((name) => [name, ServingStatus.SERVING]));
  const watches = new Set<Watch>();
  const { SERVICE_UNKNOWN } = ServingStatus;
  server.addService(HealthService, {
    check({ request }: ServerUnaryCall<HealthCheckRequest, unknown>, done: sendUnaryData<HealthCheckResponse>) {
      const status = statuses.get(request.service);
      if (status !== undefined) return done(null, { status });
      done({ code: statusCodes.NOT_FOUND, details: `there is no service ${request.service} here` });
    },
    watch(call: Watch) {
      watches.add(call);
      // Left alone, a watch never ends, and would hold up every stop for its whole grace.
      const end = () => call.end();
      stopping.addEventListener('abort', end, { once: true });
      call.once('cancelled', () => {
        watches.delete(call);
        stopping.removeEventListener('abort', end);
      });
      call.write({ status: statuses.get(call.request.service) ?? SERVICE_UNKNOWN });
    },
    list(_call: unknown, done: sendUnaryData<{ statuses: Record<string, HealthCheckResponse> }>) {
      done(null, { statuses: Object.fromEntries([...statuses].map(([name, status]) => [name, { status }])) });
    },
  });
  return {
    notServing() {
      const status = ServingStatus.NOT_SERVING;
      statuses.set(whole, status);
      for (const call of watches) if (call.request.service === whole) call.write({ status });
    },
  };
}
