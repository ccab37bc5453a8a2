import { monitorEventLoopDelay } from 'node:perf_hooks';
import { buildId, version } from '../build.js';
import { readdir } from '../host/files.js';
import type { Collect } from './metrics.js';

const perSecond = { micro: 1e6, nano: 1e9 } as const;

/** What every process tells of itself, under the names that other programs use too. */
export function processCollector(): Collect {
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  const startSeconds = Date.now() / 1000 - process.uptime();
  return async () => {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const samples = [
      { name: 'process_resident_memory_bytes', value: memory.rss },
      { name: 'process_cpu_seconds_total', value: (cpu.user + cpu.system) / perSecond.micro },
      { name: 'process_open_fds', value: (await readdir('/proc/self/fd')).length },
      { name: 'process_start_time_seconds', value: startSeconds },
      { name: 'nodejs_heap_size_used_bytes', value: memory.heapUsed },
      { name: 'nodejs_eventloop_lag_p99_seconds', value: lag.percentile(99) / perSecond.nano },
      { name: 'nodejs_eventloop_lag_max_seconds', value: lag.max / perSecond.nano },
      { name: 'banger_build_info', labels: { version, build: buildId }, value: 1 },
    ] as const;
    lag.reset();
    return samples;
  };
}
