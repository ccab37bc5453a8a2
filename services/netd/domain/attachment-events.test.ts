import { expect, test } from '@jest/globals';
import { happeningOf } from './attachment-events.js';

const web = {
  vmUid: '0123456789abcdef',
  vmName: 'web',
  ownerUid: 0,
  nat: false,
  policy: { allowFrom: [], egress: [], publishedPorts: [] },
  address: '10.77.0.10',
  mac: '02:00:0a:4d:00:0a',
  tap: 'bgr10',
};
const about = { type: 'attachment', object: 'web', uid: '0123456789abcdef' };

test('an attachment is made, changed and released', () => {
  expect(happeningOf(undefined, web)).toEqual({
    ...about,
    action: 'attached',
    message: 'bgr10, 10.77.0.10; without NAT',
  });
  const changed = { ...web, nat: true, policy: { ...web.policy, allowFrom: ['*'] } };
  expect(happeningOf(web, changed)).toEqual({
    ...about,
    action: 'changed',
    message: 'with NAT; policy: 1 sources, 0 egress rules, 0 published ports',
  });
  expect(happeningOf({ ...web, address6: 'fd00::a' }, undefined)).toEqual({
    ...about,
    action: 'released',
    message: 'bgr10, 10.77.0.10, fd00::a',
  });
});

test('what is written again as it was is nothing to tell of', () => {
  expect(happeningOf(web, { ...web })).toBeUndefined();
  expect(happeningOf(undefined, undefined)).toBeUndefined();
});
