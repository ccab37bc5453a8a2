import { SupervisorServiceService } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { type Paths, socketPath } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';

export const connect = (paths: Paths) =>
  createClient(SupervisorServiceService, 'the supervisor', socketPath(paths, 'supervisor'));
