import { expect, test } from '@jest/globals';
import { type JailSetting, jailFinding } from './jail.js';

const there = { isRoot: true, program: 'jailer', path: '/usr/bin/jailer' };
const settings: readonly JailSetting[] = ['auto', 'on'];

test.each(settings)('%s: root with a jailer uses it', (setting) => {
  expect(jailFinding(setting, there)).toEqual({
    ok: true,
    detail: 'firecracker is locked up by /usr/bin/jailer, each vm as a user of its own',
    remedy: '',
  });
});

test.each(settings)('%s: without its program there is none, and the remedy names where it is looked for', (setting) => {
  const { ok, detail, remedy } = jailFinding(setting, { ...there, path: undefined });
  expect({ ok, detail }).toEqual({ ok: false, detail: 'its program jailer was not found' });
  for (const place of ['PATH', '`jailer` in [vmm]', 'BANGER_VMM_JAILER']) expect(remedy).toContain(place);
});

test('others than root have none, which is only wrong when it was asked for', () => {
  expect(jailFinding('auto', { ...there, isRoot: false })).toMatchObject({ ok: false, remedy: '' });
  expect(jailFinding('on', { ...there, isRoot: false }).remedy).toContain('as root');
});

test('off is off', () => {
  expect(jailFinding('off', there)).toEqual({ ok: false, detail: '`jail` in [vmm] is "off"', remedy: '' });
});
