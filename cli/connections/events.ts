import { EventServiceService } from '../../gen/banger/events/v1/event_service.js';
import { type Paths, type ServiceName, socketPath } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';

export const connect = (paths: Paths, service: ServiceName | 'supervisor') =>
  createClient(EventServiceService, service, socketPath(paths, service));
