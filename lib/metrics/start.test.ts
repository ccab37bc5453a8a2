import { expect, test } from '@jest/globals';
import { silentLog } from '../log.js';
import { counted, countedMoments, rpcMoments } from './moments.js';
import { metricsSchema, startMetrics } from './start.js';

const free = async () => {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

test('metrics are off unless a port is set, and then nobody listens to what happens', async () => {
  expect(await startMetrics('vmm', metricsSchema.parse({}), [], silentLog)).toBeUndefined();
  expect([rpcMoments.hasSubscribers, countedMoments.hasSubscribers]).toEqual([false, false]);
});

test('what happens is counted from the start to the close', async () => {
  const port = await free();
  const metrics = await startMetrics('vmm', metricsSchema.parse({ vmm: port }), [], silentLog);
  try {
    const call = { method: 'VmService/WatchVms', isStream: true };
    for (const each of [call, call, { ...call, code: 'OK', seconds: 1 }]) rpcMoments.publish(each);
    counted('banger_step_duration_seconds', { step: 'disk' }, 0.5);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('banger_rpc_streams_open{method="VmService/WatchVms"} 1\n');
    expect(text).toContain('banger_rpc_requests_total{method="VmService/WatchVms",code="OK"} 1\n');
    expect(text).toContain('banger_step_duration_seconds_bucket{step="disk",le="0.5"} 1\n');
    expect(text).toMatch(/^process_open_fds \d+$/m);
  } finally {
    await metrics?.close();
  }
  expect(rpcMoments.hasSubscribers).toBe(false);
});

test('two equal ports, ports that are none and names instead of addresses are told at once', () => {
  const mistakes = (value: object) =>
    metricsSchema.safeParse(value).error?.issues.map(({ path, message }) => `${path}: ${message}`);
  expect(mistakes({ netd: 9470, vmm: 9470, dnsd: 0 })).toEqual([
    'vmm: is 9470, which netd has already; each needs a port of its own',
  ]);
  expect(mistakes({ address: 'localhost', vmm: 70_000 })).toEqual([
    'address: must be an IP address of this host',
    'vmm: must be a port, 1 to 65535, or 0 for none',
  ]);
  expect(metricsSchema.parse({ address: '::1' }).address).toBe('::1');
});
