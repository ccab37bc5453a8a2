import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concealed, type GuestData, guestDataPaths, guestDataSeed, guestDataViolations } from './guest-data.js';

const vm = { uid: '00112233445566aa', name: 'web' };
const data = (change: Partial<GuestData>): GuestData => ({ environment: {}, userData: '', ...change });

describe('mistakes', () => {
  test.each([
    [{ environment: { '1A': 'x' } }, 'environment[1A]: its name must be'],
    [{ environment: { 'A B': 'x' } }, 'environment[A B]: its name must be'],
    [{ environment: { A: 'x\ny' } }, 'environment[A]: must be one line'],
    [{ environment: { A: 'x#y' } }, 'environment[A]: must have no "#"'],
    [{ environment: { A: ' x' } }, 'environment[A]: must have no blanks at its ends'],
    [{ environment: { A: '"x"' } }, 'environment[A]: must not begin with a quote'],
    [{ environment: { A: 'x'.repeat(999) } }, 'environment[A]: must have at most 1000 bytes with its name, has 1001'],
    [{ userData: 'ä'.repeat(32_769) }, 'user_data: must have at most 65536 bytes, has 65538'],
  ])('%#', (change, expected) => {
    const found = guestDataViolations(data(change)).map(({ field, description }) => `${field}: ${description}`);
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test('no variable that passes makes a second line, or another one', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 4 }), fc.string()), (environment) => {
        fc.pre(guestDataViolations(data({ environment })).length === 0);
        const [file] = guestDataSeed(data({ environment }), vm);
        const lines = (file?.content ?? '').split('\n').slice(0, -1);
        expect(lines).toEqual(Object.entries(environment).map(([name, value]) => `${name}=${value}`));
      }),
    );
  });
});

describe('the seed', () => {
  test('has nothing when there is nothing to tell', () => {
    expect([guestDataSeed(data({}), vm), guestDataPaths(data({}))]).toEqual([[], []]);
  });

  test('has the variables', () => {
    const given = data({ environment: { A: '1', B: 'two "words" \\' } });
    expect(guestDataSeed(given, vm)).toEqual([
      { path: 'etc/environment', mode: 0o644, content: 'A=1\nB=two "words" \\\n' },
      { path: 'etc/ssh/sshd_config.d/', mode: 0o755, content: '' },
      {
        path: 'etc/ssh/sshd_config.d/90-banger-env.conf',
        mode: 0o600,
        content: 'SetEnv "A=1" "B=two \\"words\\" \\\\"\n',
      },
    ]);
    expect(guestDataPaths(given)).toEqual(['etc/environment', 'etc/ssh/sshd_config.d/90-banger-env.conf']);
  });

  test('has what NoCloud looks for, readable by root alone, in folders that come before it', () => {
    const given = data({ userData: '#cloud-config\n' });
    const seed = guestDataSeed(given, vm);
    const files = seed.filter(({ path }) => !path.endsWith('/'));
    expect(files).toMatchObject([
      { path: 'var/lib/cloud/seed/nocloud/user-data', mode: 0o600, content: '#cloud-config\n' },
      {
        path: 'var/lib/cloud/seed/nocloud/meta-data',
        mode: 0o600,
        content: `instance-id: ${vm.uid}\nlocal-hostname: web\n`,
      },
      { path: 'etc/cloud/cloud.cfg.d/90-banger.cfg', content: expect.stringContaining('ssh_deletekeys: false') },
    ]);
    for (const [i, { path }] of seed.entries()) {
      const parent = path.replace(/[^/]+\/?$/, '');
      const before = seed.slice(0, i).map((entry) => entry.path);
      if (parent !== '' && parent !== 'etc/') expect(before).toContain(parent);
    }
    // An image that is made of the VM has none of it.
    expect(guestDataPaths(given).sort()).toEqual(files.map(({ path }) => path).sort());
  });
});

test('what is remembered of a request tells the same from another, and no secret', () => {
  const given = data({ environment: { TOKEN: 'secret' }, userData: 'secret' });
  expect(JSON.stringify(concealed(given))).not.toContain('secret');
  expect(concealed(given)).toEqual(concealed({ ...given }));
  expect(concealed(given)).not.toEqual(concealed({ ...given, userData: 'other' }));
  expect(concealed(data({}))).toEqual(data({}));
});
