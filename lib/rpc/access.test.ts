import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PeerCredentials } from '../host/peer-credentials.js';
import { serviceNames } from '../paths.js';
import { type AccessRules, grants, ownUserOnly, refusalOf, roleOf } from './access.js';

const admins = { name: 'banger', gid: 50 };
const rules: AccessRules = {
  adminUids: [0, 1000],
  adminGroup: admins,
  readers: { name: 'watchers', gid: 60 },
  services: new Map([
    [901, 'netd'],
    [904, 'dnsd'],
  ]),
};
const peer = (uid: number, gid = uid, ...groups: number[]): PeerCredentials => ({ uid, gid, pid: 1, groups });
const [read, write] = [
  { path: '/banger.vmm.v1.VmService/GetVm', readOnly: true },
  { path: '/banger.vmm.v1.VmService/DeleteVm', readOnly: false },
];

describe('a role', () => {
  test.each([
    ['root', peer(0), 'admin'],
    ["the daemon's own user", peer(1000), 'admin'],
    ['a member of the admin group', peer(7, 7, 3, 50), 'admin'],
    ['one whose own group it is', peer(7, 50), 'admin'],
    ['a member of the readers', peer(7, 7, 60), 'reader'],
    ['a member of both', peer(7, 7, 60, 50), 'admin'],
    ['anybody else', peer(7, 7, 8, 9), 'stranger'],
  ])('of %s', (_who, who, role) => expect(roleOf(who, rules)).toBe(role));

  test('of everyone, when everyone reads', () => {
    expect(roleOf(peer(7), { ...rules, readers: 'everyone' })).toBe('reader');
    expect(roleOf(peer(0), { ...rules, readers: 'everyone' })).toBe('admin');
  });
});

test('a socket without rules is for its user and for root', () => {
  const own = ownUserOnly(1000);
  expect([0, 1000, 1001].map((uid) => refusalOf(peer(uid, 50, 60), write, 'vmm', own) === undefined)).toEqual([
    true,
    true,
    false,
  ]);
});

describe('a refusal', () => {
  test('tells a reader what it was about and which group may', () => {
    expect(refusalOf(peer(7, 60), read, 'vmm', rules)).toBeUndefined();
    expect(refusalOf(peer(7, 60), write, 'vmm', rules)).toMatchObject({
      kind: 'wrong-state',
      reason: 'CALLER_DENIED',
      metadata: { uid: '7', role: 'reader', method: 'DeleteVm' },
      message:
        'cannot call DeleteVm of vmm: user 7 may read only; join the group banger and log in again, or run it as ' +
        'root or as the user that the daemon runs as',
    });
  });

  test('tells a stranger too, and names no group where there is none', () => {
    expect(refusalOf(peer(7), read, 'vmm', { ...rules, adminGroup: undefined })?.message).toBe(
      'cannot call GetVm of vmm: user 7 may not call anything here; run it as root or as the user that the daemon runs as',
    );
  });
});

describe('a service that has a user of its own', () => {
  const may = (uid: number, called: string, name: string, readOnly: boolean) =>
    refusalOf(peer(uid, uid, 50), { path: `/x.y/${name}`, readOnly }, called, rules) === undefined;

  test('may do what its work takes, and no more, though its user is in the group of admins', () => {
    expect(may(904, 'vmm', 'WatchVms', true)).toBe(true);
    expect(may(904, 'vmm', 'CreateVm', false)).toBe(false);
    expect(may(904, 'netd', 'AllowResolved', false)).toBe(true);
    expect(may(904, 'netd', 'SetNat', false)).toBe(false);
    expect(may(904, 'imaged', 'ListImages', true)).toBe(false);
    expect(may(901, 'vmm', 'ListVms', true)).toBe(false);
  });

  test('is told who it is', () => {
    expect(refusalOf(peer(904), write, 'vmm', rules)).toMatchObject({
      reason: 'CALLER_DENIED',
      metadata: { service: 'dnsd', method: 'DeleteVm' },
    });
  });

  test('that is started as root or as the daemon is no service of its own', () => {
    expect(refusalOf(peer(1000), write, 'imaged', { ...rules, services: new Map([[1000, 'dnsd']]) })).toBeUndefined();
  });
});

const anyRules = fc.record({
  adminUids: fc.array(fc.nat(20)),
  adminGroup: fc.option(fc.record({ name: fc.constant('a'), gid: fc.nat(20) }), { nil: undefined }),
  readers: fc.oneof(
    fc.constant('everyone' as const),
    fc.constant(undefined),
    fc.record({ name: fc.constant('r'), gid: fc.nat(20) }),
  ),
  services: fc.array(fc.tuple(fc.nat(20), fc.constantFrom(...serviceNames))).map((pairs) => new Map(pairs)),
});
const anyPeer = fc.record({ uid: fc.nat(20), gid: fc.nat(20), pid: fc.nat(), groups: fc.array(fc.nat(20)) });

test('nobody changes anything but admins, and services where it is granted', () => {
  fc.assert(
    fc.property(anyRules, anyPeer, fc.constantFrom(...serviceNames), (someRules, who, called) => {
      if (refusalOf(who, write, called, someRules) !== undefined) return;
      const service = someRules.services.get(who.uid);
      const calls = service === undefined ? undefined : grants[called]?.[service]?.calls;
      const isAdmin =
        someRules.adminUids.includes(who.uid) ||
        (service === undefined && [who.gid, ...who.groups].includes(someRules.adminGroup?.gid ?? -1));
      expect(isAdmin || calls === 'all').toBe(true);
    }),
  );
});

test('who may change something may read too', () => {
  fc.assert(
    fc.property(anyRules, anyPeer, fc.constantFrom(...serviceNames), (someRules, who, called) => {
      fc.pre(refusalOf(who, write, called, someRules) === undefined);
      expect(refusalOf(who, read, called, someRules)).toBeUndefined();
    }),
  );
});
