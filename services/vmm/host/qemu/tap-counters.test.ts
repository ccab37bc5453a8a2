import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { countersSince, parseCounters, rememberCounters, tapCounters } from './tap-counters.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'tap.json');
});
afterEach(() => folder.remove());

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       1       2    0    0    0     0          0         0        3       4    0    0    0     0       0          0
  bgr1:    1100      11    0    0    0     0          0         0     2200      22    0    0    0     0       0          0
 bgr10:9999999999      5    0    0    0     0          0         0        7       8    0    0    0     0       0          0
`;

test.each([
  ['bgr1', [2200, 1100, 22, 11]],
  ['bgr10', [7, 9_999_999_999, 8, 5]],
  ['bgr', [0, 0, 0, 0]],
])(
  'what the host received on %s, its guest has sent',
  (tap, [receivedBytes, sentBytes, receivedPackets, sentPackets]) => {
    expect(parseCounters(netDev, tap)).toEqual({ receivedBytes, sentBytes, receivedPackets, sentPackets });
  },
);

test('what was counted before is left out', async () => {
  const none = { receivedBytes: 0, sentBytes: 0, receivedPackets: 0, sentPackets: 0 };
  expect(await countersSince(path, process.pid, 'no-such-tap')).toEqual(none);
  await rememberCounters(path, 'no-such-tap');
  expect(await countersSince(path, process.pid, 'no-such-tap')).toEqual(none);
});

test('a tap that was made anew counts from 0', async () => {
  const counted = await tapCounters('self', 'lo');
  writeFileSync(path, JSON.stringify(Object.fromEntries(Object.keys(counted).map((key) => [key, 2 ** 52]))));
  expect((await countersSince(path, process.pid, 'lo')).sentBytes).toBeGreaterThanOrEqual(counted.sentBytes);
});
