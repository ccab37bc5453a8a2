import { describe, expect, test } from '@jest/globals';
import { type ArchiveEntry, file } from './archive.js';
import type { ContainerConfig } from './container-config.js';
import { containerEntries, initOf, type TreeFacts } from './container-tree.js';

const bare: TreeFacts = {
  systemd: false,
  sshd: false,
  sshdEnabled: false,
  shell: false,
  passwd: undefined,
  group: undefined,
  shells: undefined,
  hasProgram: () => false,
};
const plain: ContainerConfig = { user: '', env: [], entrypoint: [], cmd: [], workingDir: '', labels: {} };
const kit = {
  guestFile: (name: string) => Buffer.from(`#!/bin/busybox sh\n# ${name}\n`),
  busybox: Buffer.from('busybox'),
  ssh: [file('dropbear', 'dropbear', 0o755), file('licences/dropbear-bin', 'MIT')],
};

function made(facts: Partial<TreeFacts> = {}, config: Partial<ContainerConfig> = {}) {
  const entries = containerEntries({ ...bare, ...facts }, { ...plain, ...config }, kit);
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const text = (path: string) => textOf(byPath.get(path));
  return { entries, paths: [...byPath.keys()], text };
}

function textOf(entry: ArchiveEntry | undefined): string | undefined {
  if (entry?.type === 'link') return `-> ${entry.target}`;
  return entry?.type === 'file' ? Buffer.from(entry.content).toString() : undefined;
}

describe('an image with nothing in it', () => {
  test('gets an init, a shell, an ssh server with its licences, and root', () => {
    const { text } = made();
    expect(initOf(bare)).toBe('light');
    expect(text('usr/lib/banger/light-init')).toContain('#!/usr/lib/banger/busybox sh');
    expect(text('usr/lib/banger/busybox')).toBe('busybox');
    expect(text('bin/sh')).toBe('-> /usr/lib/banger/busybox');
    expect(text('usr/lib/banger/ssh/serve')).toContain('container-ssh');
    expect(text('usr/lib/banger/ssh/licences/dropbear-bin')).toBe('MIT');
    expect(text('etc/passwd')).toBe('root:x:0:0:root:/root:/bin/sh\n');
    expect(text('etc/group')).toBe('root:x:0:\n');
    expect(text('etc/shells')).toBe('/bin/sh\n');
  });

  test('gets nothing of systemd, and no path twice', () => {
    const { entries, paths } = made();
    expect(paths.filter((path) => path.includes('systemd'))).toEqual([]);
    expect(entries).toHaveLength(paths.length);
  });
});

describe('an ssh server', () => {
  const systemd = { systemd: true, shell: true };

  test('of the image is left to do its work where it would be started', () => {
    expect(made({ sshd: true }).paths).not.toContain('usr/lib/banger/ssh/serve');
    const { paths } = made({ ...systemd, sshd: true, sshdEnabled: true });
    expect(paths).not.toContain('usr/lib/banger/ssh/serve');
    expect(paths).toContain('etc/ssh/sshd_config.d/banger.conf');
  });

  test('is started by systemd where that is the init', () => {
    expect(initOf({ ...bare, ...systemd })).toBe('system');
    const { text } = made({ ...systemd, sshd: true });
    expect(text('etc/systemd/system/multi-user.target.wants/banger-ssh.service')).toBe(
      '-> /etc/systemd/system/banger-ssh.service',
    );
  });
});

describe('root', () => {
  const passwd = 'daemon:x:1:1::/:/bin/false\nroot:*:0:0:super user:/:/bin/ash\n';
  const hasProgram = (path: string) => path === '/bin/ash';

  test('keeps its shell, which becomes one of those that may log in, and has the home where the key lies', () => {
    const { text } = made({ passwd, hasProgram, shells: '# those\n/bin/sh' });
    expect(text('etc/passwd')).toBe('root:*:0:0:super user:/root:/bin/ash\ndaemon:x:1:1::/:/bin/false\n');
    expect(text('etc/shells')).toBe('# those\n/bin/sh\n/bin/ash\n');
  });

  test.each(['/bin/fish', '/sbin/nologin', ''])(
    'gets a shell instead of "%s", which is not there or is none',
    (shell) => {
      const { text } = made({ passwd: `root::0:0::/root:${shell}`, hasProgram: (path) => path !== '/bin/fish' });
      expect(text('etc/passwd')).toBe('root:x:0:0::/root:/bin/sh\n');
    },
  );
});

describe('the environment of the image', () => {
  const env = ["GREETING=it's", 'PATH=/opt/bin:/bin', 'HOME=/srv', 'BAD-NAME=1', 'EMPTY='];

  test('comes to every session, but for what a session knows better', () => {
    const { text } = made({}, { env });
    expect(text('usr/lib/banger/environment')).toBe(
      "export GREETING='it'\\''s'\nexport PATH='/opt/bin:/bin'\nexport EMPTY=''\n",
    );
    expect(text('usr/lib/banger/ssh/session')).toContain('. /usr/lib/banger/environment');
  });

  test('leaves no trace when there is none', () => {
    const { paths } = made({}, { env: ['HOME=/srv'] });
    expect(paths.filter((path) => /environment|session|profile/.test(path))).toEqual([]);
  });
});
