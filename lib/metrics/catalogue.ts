import type { ServiceName } from '../paths.js';

export type MetricType = 'counter' | 'gauge' | 'histogram';
export type Program = ServiceName | 'supervisor';

export interface MetricSpec {
  readonly type: MetricType;
  /** One sentence without a full stop; unit included in the name, as Prometheus asks. */
  readonly help: string;
  /** Each has few values, whatever users do: no names, addresses or ids. */
  readonly labels: readonly string[];
  /** Who tells it; everyone when absent. */
  readonly of?: readonly Program[];
}

const none: readonly string[] = [];

/** Every metric of banger. docs/metrics.md is held against it, and what is not in it cannot be told. */
export const metricCatalogue = {
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the process that is in RAM', labels: none },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time that the process has used', labels: none },
  process_open_fds: { type: 'gauge', help: 'File descriptors that the process has open', labels: none },
  process_start_time_seconds: { type: 'gauge', help: 'When the process started, since 1970', labels: none },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: "What is used of the JavaScript engine's heap", labels: none },
  nodejs_eventloop_lag_p99_seconds: {
    type: 'gauge',
    help: 'How late the event loop was, at most, in 99 of 100 turns since the last scrape',
    labels: none,
  },
  nodejs_eventloop_lag_max_seconds: {
    type: 'gauge',
    help: 'How late the event loop was at most since the last scrape',
    labels: none,
  },
  banger_build_info: { type: 'gauge', help: 'Always 1; which banger this is', labels: ['version', 'build'] },
  banger_rpc_requests_total: {
    type: 'counter',
    help: 'Calls that have ended, by the status that the caller got',
    labels: ['method', 'code'],
  },
  banger_rpc_duration_seconds: {
    type: 'histogram',
    help: 'How long unary calls took; with `wait` that includes what was waited for',
    labels: ['method'],
  },
  banger_rpc_streams_open: { type: 'gauge', help: 'Streams that are open now', labels: ['method'] },
  banger_service_up: {
    type: 'gauge',
    help: 'Whether the service is healthy: 1 or 0',
    labels: ['service'],
    of: ['supervisor'],
  },
  banger_service_state: {
    type: 'gauge',
    help: '1 for the state that the service is in, 0 for the others',
    labels: ['service', 'state'],
    of: ['supervisor'],
  },
  banger_service_restarts_total: {
    type: 'counter',
    help: 'How often the service was started again since the supervisor started',
    labels: ['service'],
    of: ['supervisor'],
  },
  banger_vms: { type: 'gauge', help: 'Virtual machines by state', labels: ['state'], of: ['vmm'] },
  banger_vm_hypervisors: {
    type: 'gauge',
    help: 'Hypervisor processes that vmm follows, by kind',
    labels: ['hypervisor'],
    of: ['vmm'],
  },
  banger_vm_self_restarts: {
    type: 'gauge',
    help: 'How often the VMs of now were started again by themselves since a caller last started them',
    labels: none,
    of: ['vmm'],
  },
  banger_step_duration_seconds: {
    type: 'histogram',
    help: 'How long the steps of VMs took that were done: creating, starting, stopping, deleting',
    labels: ['step'],
    of: ['vmm'],
  },
  banger_attachments: { type: 'gauge', help: 'VMs that have a place in the network', labels: none, of: ['netd'] },
  banger_nat_rules: {
    type: 'gauge',
    help: 'Addresses that are let out by NAT: of VMs, and added by hand',
    labels: ['of'],
    of: ['netd'],
  },
  banger_published_ports: { type: 'gauge', help: 'Ports of the host that lead to VMs', labels: none, of: ['netd'] },
  banger_network_repairs_total: {
    type: 'counter',
    help: 'What somebody else has changed and netd has put right, since it started',
    labels: none,
    of: ['netd'],
  },
  banger_network_unmended: {
    type: 'gauge',
    help: 'What somebody else has changed and cannot be put right',
    labels: none,
    of: ['netd'],
  },
  banger_dns_queries_total: {
    type: 'counter',
    help: 'Queries by what became of them',
    labels: ['result'],
    of: ['dnsd'],
  },
  banger_dns_cache_hits_total: {
    type: 'counter',
    help: 'Queries that were answered from kept replies',
    labels: none,
    of: ['dnsd'],
  },
  banger_dns_records: { type: 'gauge', help: 'Names that dnsd answers for', labels: none, of: ['dnsd'] },
  banger_dns_synced: {
    type: 'gauge',
    help: 'Whether the names are those that vmm tells: 1, or 0 while vmm is away',
    labels: none,
    of: ['dnsd'],
  },
  banger_dns_listener_up: {
    type: 'gauge',
    help: 'Whether names are answered there: 1 or 0',
    labels: ['role'],
    of: ['dnsd'],
  },
  banger_builds_total: {
    type: 'counter',
    help: 'Builds and imports of images and kernels that have ended',
    labels: ['outcome'],
    of: ['imaged'],
  },
  banger_build_steps_total: {
    type: 'counter',
    help: 'Steps of image builds: done, or taken from the cache',
    labels: ['result'],
    of: ['imaged'],
  },
  banger_store_objects: { type: 'gauge', help: 'Images and kernels in the store', labels: ['kind'], of: ['imaged'] },
  banger_store_bytes: { type: 'gauge', help: 'What the store takes of the disk', labels: ['part'], of: ['imaged'] },
  banger_store_free_bytes: { type: 'gauge', help: 'What is free where the store is', labels: none, of: ['imaged'] },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof metricCatalogue;

export function specOf(name: MetricName): MetricSpec {
  return metricCatalogue[name];
}

/** The names of those that a program tells, in the order of the catalogue. */
export function metricsOf(program: Program): MetricName[] {
  const names = Object.keys(metricCatalogue) as MetricName[];
  return names.filter((name) => specOf(name).of?.includes(program) ?? true);
}
