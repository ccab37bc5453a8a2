import { DnsServiceService } from '../gen/banger/dnsd/v1/dns_service.js';
import { EventServiceService } from '../gen/banger/events/v1/event_service.js';
import { ImageServiceService } from '../gen/banger/imaged/v1/image_service.js';
import { NetworkServiceService } from '../gen/banger/netd/v1/network_service.js';
import { SupervisorServiceService } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { VmServiceService } from '../gen/banger/vmm/v1/vm_service.js';
import { type Paths, type ServiceName, socketPath } from '../lib/paths.js';
import { createClient } from '../lib/rpc/client.js';
import { createHostCheckClient } from '../lib/rpc/host-check-client.js';

/** Brings gRPC in; imported when the first call is made. */

export const vmm = (paths: Paths) => createClient(VmServiceService, 'vmm', socketPath(paths, 'vmm'));
export const imaged = (paths: Paths) => createClient(ImageServiceService, 'imaged', socketPath(paths, 'imaged'));
export const netd = (paths: Paths) => createClient(NetworkServiceService, 'netd', socketPath(paths, 'netd'));
export const dnsd = (paths: Paths) => createClient(DnsServiceService, 'dnsd', socketPath(paths, 'dnsd'));
export const supervisor = (paths: Paths) =>
  createClient(SupervisorServiceService, 'the supervisor', socketPath(paths, 'supervisor'));
export const events = (paths: Paths, service: ServiceName | 'supervisor') =>
  createClient(EventServiceService, service, socketPath(paths, service));
export const hostCheck = (paths: Paths, service: ServiceName) =>
  createHostCheckClient(service, socketPath(paths, service));
