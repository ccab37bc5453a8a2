import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Authority, createAuthority, type Issued } from '../testing/authority.js';
import { tempFolder } from '../testing/temp-folder.js';
import { remoteSchema } from './config.js';
import { remoteListening } from './listening.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let authority: Authority;
let server: Issued;
beforeAll(async () => {
  folder = await tempFolder();
  authority = await createAuthority(folder.path, 'ours');
  server = await authority.issue('server');
});
afterAll(() => folder.remove());

const whole = () => ({ vmm: 8443, ...server, authority: authority.certificate, admins: ['CN:alice'] });
const listening = (config: object, program: 'vmm' | 'netd' = 'vmm') =>
  remoteListening(remoteSchema.parse(config), program, '/etc/banger/config.toml');

/** What is wrong with which key. */
async function problems(config: object): Promise<Record<string, string>> {
  const error = await listening({ ...whole(), ...config }).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ kind: 'invalid', reason: 'INVALID_CONFIG' });
  const fields = error.fields as { field: string; description: string }[];
  expect(fields.every(({ field, description }) => error.message.includes(`${field}: ${description}`))).toBe(true);
  return Object.fromEntries(fields.map(({ field, description }) => [field.replace('remote.', ''), description]));
}

test('nobody listens unless a port is given', async () => {
  expect(await listening({})).toBeUndefined();
  expect(await listening(whole(), 'netd')).toBeUndefined();
});

test('what is whole is read', async () => {
  const found = await listening(whole());
  expect(found).toMatchObject({ address: '127.0.0.1', port: 8443, admins: ['CN:alice'], readers: [] });
  expect(found?.certificate.toString()).toContain('BEGIN CERTIFICATE');
  expect(found?.endsAt).toBeGreaterThan(Date.now());
});

test('without certificates, and without anybody who may call, all that is missing is told', async () => {
  const told = await problems({ certificate: '', key: '', authority: '', admins: [] });
  expect(Object.keys(told).sort()).toEqual(['admins', 'authority', 'certificate', 'key']);
  expect(told.certificate).toBe("must be given: the PEM file of this host's certificate");
});

test('files that are not there, or not what they should be, are named', async () => {
  const empty = join(folder.path, 'empty');
  writeFileSync(empty, '', { mode: 0o600 });
  expect(await problems({ authority: '/no/authority.pem' })).toEqual({
    authority: 'there is no file /no/authority.pem',
  });
  expect(await problems({ key: folder.path, certificate: empty })).toMatchObject({
    certificate: `${empty} holds no certificate in PEM`,
    key: expect.stringContaining('EISDIR'),
  });
  expect(await problems({ key: empty })).toEqual({ key: expect.stringContaining('holds no private key') });
  expect(await problems({ authority: empty })).toEqual({ authority: `${empty} holds no certificate in PEM` });
  expect(await problems({ authority: server.certificate })).toEqual({
    authority: expect.stringContaining('no certificate of an authority'),
  });
});

test('a key of another certificate is refused', async () => {
  const other = await authority.issue('other');
  expect(await problems({ key: other.key })).toEqual({ key: expect.stringContaining('is not the key of') });
});

test.each([0o644, 0o604, 0o602, 0o660])('a key that others have too, by mode %o, is refused', async (mode) => {
  const { key, certificate } = await authority.issue(`open${mode}`);
  chmodSync(key, mode);
  expect(await problems({ key, certificate })).toEqual({
    key: expect.stringContaining(`has mode 0${mode.toString(8)}`),
  });
  chmodSync(key, 0o640);
  await expect(listening({ ...whole(), key, certificate })).resolves.toBeDefined();
});

test('a name in both lists is a mistake', async () => {
  expect(await problems({ readers: ['CN:alice'] })).toEqual({ readers: 'CN:alice is one of admins already' });
});

test('the section tells all mistakes of its own', () => {
  const section = { address: 'here', vmm: 1, netd: 1, key: 'relative.pem', admins: ['alice'], readers: ['CN:'] };
  const issues = remoteSchema.safeParse(section).error?.issues ?? [];
  expect(new Set(issues.map(({ path }) => path[0]))).toEqual(new Set(['address', 'key', 'admins', 'readers']));
  expect(remoteSchema.safeParse({ vmm: 1, netd: 1 }).error?.issues[0]?.message).toContain(
    'each needs a port of its own',
  );
});
