import { expect, test } from '@jest/globals';
import { parseRights, processRights } from './capabilities.js';

test('rights are read as the kernel writes them', () => {
  const status =
    'Name:\tnode\nUid:\t71\t71\t71\t71\nGid:\t72\t72\t72\t72\nGroups:\t70 99 \nCapInh:\t0000000000001000\n' +
    'CapPrm:\t0000000000003000\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000001\nNoNewPrivs:\t1\n';
  const { sets, ...rest } = parseRights(status);
  expect(rest).toEqual({ uids: [71, 71, 71, 71], gids: [72, 72, 72, 72], groups: [70, 99], noNewPrivileges: true });
  expect(sets).toMatchObject({ Inh: ['net_admin'], Prm: ['net_admin', 'net_raw'], Eff: [], Amb: ['chown'] });
  expect(sets.Bnd).toHaveLength(41);
});

test('of this process, and of none', async () => {
  expect((await processRights('self'))?.uids[0]).toBe(process.getuid?.());
  expect(await processRights(2 ** 30)).toBeUndefined();
});
