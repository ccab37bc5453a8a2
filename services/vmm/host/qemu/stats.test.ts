import { expect, test } from '@jest/globals';
import { diskStats, guestMemory } from './stats.js';

test('the disks are told by their names, in the guest’s order', () => {
  const stats = { rd_bytes: 1, wr_bytes: 2, rd_operations: 3, wr_operations: 4, wr_merged: 5 };
  const figures = { readBytes: 1, writtenBytes: 2, readCount: 3, writeCount: 4 };
  const blocks = ['work', 'base', 'overlay'].map((name) => ({ 'node-name': name, stats }));
  const names = ['base', 'overlay', 'work'] as const;
  expect(diskStats(blocks)).toEqual(names.map((name) => ({ name, ...figures })));
  expect(diskStats([{ stats }])).toEqual([]);
});

test('memory is told once the guest has said it', () => {
  const said = (text: string) => ({ stats: JSON.parse(text) });
  const all = said(
    '{"stat-total-memory": 300, "stat-available-memory": 200, "stat-htlb-pgfail": 18446744073709551615}',
  );
  expect(guestMemory(all, 100)).toEqual({ totalBytes: 300, availableBytes: 200, balloonBytes: 100 });
  const none = said('{"stat-total-memory": 18446744073709551615, "stat-available-memory": 18446744073709551615}');
  expect(guestMemory(none, 0)).toBeUndefined();
});
