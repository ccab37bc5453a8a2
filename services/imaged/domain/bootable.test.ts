import { expect, test } from '@jest/globals';
import { bootableEntries, bootFiles } from './bootable.js';

const contentOf = (name: string) => Buffer.from(`the ${name}`);

test('a tree without systemd gets what the light init needs, and nothing of systemd', () => {
  const entries = bootableEntries({ systemd: false, openssh: false, trim: true, user: 'root' }, contentOf);
  expect(entries).toContainEqual({
    type: 'file',
    path: 'usr/lib/banger/light-init',
    mode: 0o755,
    content: Buffer.from('the light-init'),
  });
  expect(entries).toContainEqual({ type: 'link', path: 'usr/local/sbin/reboot', target: '/usr/lib/banger/power' });
  expect(entries.filter(({ path }) => /systemd|sshd_config/.test(path))).toEqual([]);
});

test('systemd starts the power button, and leaves alone what a VM has no use for', () => {
  const udev = { type: 'link', path: 'etc/systemd/system/systemd-udevd.service', target: '/dev/null' };
  const trimmed = bootableEntries({ systemd: true, openssh: true, trim: true, user: 'root' }, contentOf);
  const whole = bootableEntries({ systemd: true, openssh: true, trim: false, user: 'root' }, contentOf);
  expect(trimmed).toContainEqual(udev);
  expect(whole).not.toContainEqual(udev);
  for (const entries of [trimmed, whole]) {
    expect(entries.map(({ path }) => path)).toContain(
      'etc/systemd/system/multi-user.target.wants/banger-power-button.service',
    );
  }
});

test('a user of the image’s own gets the key, with both inits', () => {
  const paths = bootableEntries({ systemd: true, openssh: true, trim: true, user: 'me' }, contentOf).map(
    ({ path }) => path,
  );
  expect(paths).toContain('usr/lib/banger/authorize-user');
  // systemd reads these in the order of their names, and the other one clears what runs before the server.
  const settings = paths.filter((path) => path.startsWith('etc/systemd/system/ssh.service.d/')).sort();
  expect(settings.map((path) => path.split('/').at(-1))).toEqual(['banger.conf', 'user.conf']);
});

test('no path is there twice, and the guest files that are asked for are those that are announced', () => {
  const asked = new Set<string>();
  const entries = bootableEntries({ systemd: true, openssh: true, trim: true, user: 'me' }, (name) => {
    asked.add(name);
    return Buffer.from('');
  });
  const paths = entries.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  expect([...asked].sort()).toEqual([...bootFiles].sort());
});
