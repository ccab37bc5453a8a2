import { z } from 'zod';
import type { Log } from '../log.js';
import { distinctPorts, servicePorts } from '../service-ports.js';
import type { Program } from './catalogue.js';
import { MetricsListener } from './listener.js';
import { type Collect, Metrics } from './metrics.js';
import { type CountedMoment, countedMoments, type RpcMoment, rpcMoments } from './moments.js';
import { processCollector } from './process.js';

/** The section [metrics], which every process reads. A program whose port is 0 serves none, and counts nothing. */
export const metricsSchema = z
  .strictObject({
    address: z.union([z.ipv4(), z.ipv6()], 'must be an IP address of this host').default('127.0.0.1'),
    ...servicePorts,
  })
  .superRefine(distinctPorts);

export type MetricsConfig = z.infer<typeof metricsSchema>;

/** Counts and serves the metrics of this process; undefined when its port is 0. */
export async function startMetrics(
  program: Program,
  config: MetricsConfig,
  collectors: readonly Collect[],
  log: Log,
): Promise<{ close(): Promise<void> } | undefined> {
  if (config[program] === 0) return undefined;
  const metrics = new Metrics(program);
  for (const collect of [processCollector(), ...collectors]) metrics.collectFrom(collect);
  const onCall = (message: unknown) => countCall(metrics, message as RpcMoment);
  const onCounted = (message: unknown) => countOne(metrics, message as CountedMoment);
  rpcMoments.subscribe(onCall);
  countedMoments.subscribe(onCounted);
  const { address } = config;
  const text = () => metrics.text();
  const listener = new MetricsListener({ address, port: config[program], key: program, text, log });
  await listener.open();
  return {
    async close() {
      rpcMoments.unsubscribe(onCall);
      countedMoments.unsubscribe(onCounted);
      await listener.close();
    },
  };
}

function countCall(metrics: Metrics, { method, isStream, code, seconds }: RpcMoment): void {
  if (isStream) metrics.add('banger_rpc_streams_open', { method }, code === undefined ? 1 : -1);
  if (code === undefined) return;
  metrics.add('banger_rpc_requests_total', { method, code });
  if (!isStream && seconds !== undefined) metrics.observe('banger_rpc_duration_seconds', { method }, seconds);
}

function countOne(metrics: Metrics, { name, labels, seconds }: CountedMoment): void {
  if (seconds === undefined) metrics.add(name, labels);
  else metrics.observe(name, labels, seconds);
}
