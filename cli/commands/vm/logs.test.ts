import { expect, test } from '@jest/globals';
import type { StreamConsoleLogRequest } from '../../../gen/banger/vmm/v1/vm_service.js';
import { banger, serveVmm } from '../../../test/fakes/command-line.js';

test('a time is handed on, and what is none is a mistake', async () => {
  const asked: StreamConsoleLogRequest[] = [];
  await serveVmm({
    async *streamConsoleLog(request) {
      asked.push(request);
      yield { data: Buffer.from('hello') };
    },
  });
  expect((await banger('vm logs web --since 2026-11-26T08:00:00Z')).stdout).toBe('hello');
  const before = Date.now();
  await banger('vm logs web --since 10m');
  await banger('vm logs web');
  expect(asked.map(({ since }) => since)).toEqual([new Date('2026-11-26T08:00:00Z'), expect.any(Date), undefined]);
  expect(before - Number(asked[1]?.since)).toBeLessThanOrEqual(600_000);
  expect(Date.now() - Number(asked[1]?.since)).toBeGreaterThanOrEqual(600_000);
  expect((await banger('vm logs web --since then')).stderr).toContain('--since: must be a span such as 10m');
});
