import { VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { type Paths, socketPath } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';

export const connect = (paths: Paths) => createClient(VmServiceService, 'vmm', socketPath(paths, 'vmm'));
