import { DnsServiceService } from '../../gen/banger/dnsd/v1/dns_service.js';
import { type Paths, socketPath } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';

export const connect = (paths: Paths) => createClient(DnsServiceService, 'dnsd', socketPath(paths, 'dnsd'));
