import { expect, test } from '@jest/globals';
import { addMetrics, noMetrics } from './metrics.js';

/** As Firecracker writes them, with the groups that matter. */
const line = (readBytes: number, more: object = {}) =>
  `${JSON.stringify({
    utc_timestamp_ms: 1_541_591_155_180,
    api_server: { process_startup_time_us: 12_000, process_startup_time_cpu_us: 4_000, sync_response_fails: 1 },
    block_base: { read_bytes: readBytes, read_count: 1, read_agg: { min_us: 1, max_us: 9, sum_us: 10 } },
    block: { read_bytes: readBytes, read_count: 1 },
    net_eth0: { rx_bytes_count: 60, tx_packets_count: 2 },
    logger: { missed_log_count: 0, missed_metrics_count: 1 },
    ...more,
  })}\n`;

test('increases are summed up', () => {
  const total = addMetrics(noMetrics, line(4096) + line(0) + line(512));
  expect(total.block_base).toEqual({ read_bytes: 4608, read_count: 3 });
  expect(total.net_eth0).toEqual({ rx_bytes_count: 180, tx_packets_count: 6 });
  expect(total.logger).toEqual({ missed_log_count: 0, missed_metrics_count: 3 });
});

test('values are the last that was measured', () => {
  const first = { latencies_us: { pause_vm: 50, resume_vm: 9 }, seccomp: { num_faults: 0 } };
  const second = { latencies_us: { pause_vm: 30, resume_vm: 0 }, seccomp: { num_faults: 1 }, vmm: { panic_count: 1 } };
  const total = addMetrics(noMetrics, line(0, first) + line(0, second) + line(0, second));
  expect(total.api_server).toEqual({
    process_startup_time_us: 12_000,
    process_startup_time_cpu_us: 4_000,
    sync_response_fails: 3,
  });
  expect(total.latencies_us).toEqual({ pause_vm: 30, resume_vm: 9 });
  expect(total.seccomp).toEqual({ num_faults: 1 });
  expect(total.vmm).toEqual({ panic_count: 1 });
});

test('signals are marks, but for the one that is survived', () => {
  const signals = { signals: { sigbus: 1, sigpipe: 2 } };
  expect(addMetrics(noMetrics, line(0, signals) + line(0, signals)).signals).toEqual({ sigbus: 1, sigpipe: 4 });
});

test('it does not matter in how many steps a file is read', () => {
  const lines = [line(4096), line(7), line(512)];
  const atOnce = addMetrics(noMetrics, lines.join(''));
  const stepwise = lines.reduce((total, each) => addMetrics(total, each), noMetrics);
  expect(stepwise).toEqual(atOnce);
  expect(JSON.parse(JSON.stringify(atOnce))).toEqual(atOnce);
  expect(noMetrics).toEqual({});
});

test.each([
  ['the zeros of a hole', `${'\0'.repeat(4096)}${line(5)}`],
  ['a hole that cuts a line', `${'\0'.repeat(100)}d_bytes":7}}\n${line(5)}`],
  ['a line that is not complete', `${line(5)}{"block_base":{"read_by`],
  ['what is no object', `null\n7\n"x"\n[]\n\n${line(5)}`],
  ['groups and counters that are none', `{"block_base":null,"x":{"y":"z"}}\n${line(5)}`],
])('%s counts nothing', (_what, text) => {
  expect(addMetrics(noMetrics, text).block_base).toEqual({ read_bytes: 5, read_count: 1 });
});
