import { NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { type Paths, socketPath } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';

export const connect = (paths: Paths) => createClient(NetworkServiceService, 'netd', socketPath(paths, 'netd'));
