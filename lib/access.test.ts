import { expect, jest, test } from '@jest/globals';
import { accessRules, accessSchema, formatUsers, ownSocketPath, socketVariable, usersVariable } from './access.js';

const own = process.geteuid?.() ?? 0;
const missing = ['banger-test-none', 'banger-test-nobody'] as const;
const rulesOf = (config: object, users = '') =>
  accessRules(accessSchema.parse(config), { [usersVariable]: users }, '/etc/banger/config.toml');

test('groups are found by their names; none is for nobody', async () => {
  const root = { name: 'root', gid: 0 };
  expect(await rulesOf({ admins: 'root', readers: 'root' })).toMatchObject({ adminGroup: root, readers: root });
  expect(await rulesOf({ admins: '', readers: '' })).toEqual({
    adminUids: [...new Set([0, own])],
    adminGroup: undefined,
    readers: undefined,
    services: new Map(),
  });
  expect((await rulesOf({ admins: '', readers: 'everyone' })).readers).toBe('everyone');
});

test('groups that are named and not there are refused, all at once: who may call what is not guessed', async () => {
  const [admins, readers] = missing;
  await expect(rulesOf({ admins, readers })).rejects.toMatchObject({
    kind: 'invalid',
    reason: 'INVALID_CONFIG',
    fields: [{ field: 'access.admins' }, { field: 'access.readers' }],
    message: expect.stringContaining(`groupadd --system ${admins}`),
  });
  await expect(rulesOf({ admins: '', readers })).rejects.toMatchObject({ fields: [{ field: 'access.readers' }] });
});

test('the group that nobody has named may be missing', async () => {
  await expect(rulesOf({})).resolves.toMatchObject({ readers: undefined });
});

test('services have the users that the supervisor says; root is no service, and what cannot be read is nobody', async () => {
  const users = `${formatUsers({ netd: 997, dnsd: 998, vmm: 0, supervisor: 71 })} imaged=x web=5 dnsd supervisor= `;
  const { services, adminUids } = await rulesOf({ admins: '' }, users);
  expect([...services]).toEqual([
    [997, 'netd'],
    [998, 'dnsd'],
  ]);
  expect(adminUids).toEqual([...new Set([0, own, 71])]);
});

test('who runs the daemon may do everything, as root may', async () => {
  const user = jest.spyOn(process, 'geteuid').mockReturnValue(1000);
  expect((await rulesOf({ admins: '' })).adminUids).toEqual([0, 1000]);
  user.mockRestore();
});

test('a socket of its own is where the supervisor says', () => {
  expect(ownSocketPath({ [socketVariable]: '/run/banger/netd/netd.sock' })).toBe('/run/banger/netd/netd.sock');
  expect(ownSocketPath({ [socketVariable]: '' })).toBeUndefined();
});
