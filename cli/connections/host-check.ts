import { type Paths, type ServiceName, socketPath } from '../../lib/paths.js';
import { createHostCheckClient } from '../../lib/rpc/host-check-client.js';

export const connect = (paths: Paths, service: ServiceName) =>
  createHostCheckClient(service, socketPath(paths, service));
