import { type ArchiveEntry, file, folder, link } from './archive.js';
import { bootableEntries } from './bootable.js';
import { type ContainerConfig, environmentScript } from './container-config.js';
import type { ImageInit } from './image.js';

/** What a container image lacks to boot as a VM, decided from what it has. */

/** What the tree of a container image has. */
export interface TreeFacts {
  /** Its /sbin/init is systemd. */
  readonly systemd: boolean;
  /** Its OpenSSH reads the settings that banger adds. */
  readonly sshd: boolean;
  /** systemd starts that server at boot. */
  readonly sshdEnabled: boolean;
  readonly shell: boolean;
  /** /etc/passwd, /etc/group and /etc/shells; undefined when there is none. */
  readonly passwd: string | undefined;
  readonly group: string | undefined;
  readonly shells: string | undefined;
  /** Whether a program is there, by its absolute path. */
  hasProgram(path: string): boolean;
}

/** What banger brings along. */
export interface BootKit {
  /** The content of a file that banger ships for guests. */
  guestFile(name: string): Uint8Array;
  /** A busybox that needs nothing else. */
  readonly busybox: Uint8Array;
  /** An ssh server with its loader, its libraries and their licences, by name. */
  readonly ssh: readonly ArchiveEntry[];
}

/** Folder of what is ours in a guest. */
const home = 'usr/lib/banger';
const imageBusybox = '/bin/busybox';
const ownBusybox = `/${home}/busybox`;
const systemdFolder = 'etc/systemd/system';

/** What belongs to a running container, or to one machine; the tree's own devices among it. */
export const leftovers = ['.dockerenv', '.dockerinit', 'run/.containerenv', 'dev', 'proc', 'sys', 'run'] as const;

/** Empty folders that a guest mounts file systems on, or that every program expects. */
const emptyFolders = [
  folder('dev'),
  folder('proc'),
  folder('sys'),
  folder('run'),
  folder('etc/ssh'),
  folder('root', 0o700),
  folder('tmp', 0o1777),
  folder('var/log'),
];

export function initOf({ systemd }: TreeFacts): ImageInit {
  return systemd ? 'system' : 'light';
}

/** The entries to put on top of the tree. What they replace is what the image has at the same place. */
export function containerEntries(facts: TreeFacts, config: ContainerConfig, kit: BootKit): ArchiveEntry[] {
  const withOwnSsh = !facts.sshd || (facts.systemd && !facts.sshdEnabled);
  const boot = bootableEntries({ systemd: facts.systemd, openssh: !withOwnSsh, trim: true }, kit.guestFile);
  return [
    ...emptyFolders,
    // busybox of an image may need the image's libraries, and lack what our scripts need.
    ...boot.map(withOwnBusybox),
    file(ownBusybox.slice(1), kit.busybox, 0o755),
    ...(facts.shell ? [] : [link('bin/sh', ownBusybox)]),
    ...(withOwnSsh ? sshEntries(facts, kit) : []),
    ...environmentEntries(config, withOwnSsh),
    file('etc/machine-id', '', 0o444),
    ...accountEntries(facts),
  ];
}

function withOwnBusybox(entry: ArchiveEntry): ArchiveEntry {
  if (entry.type !== 'file') return entry;
  const text = Buffer.from(entry.content).toString('latin1').replaceAll(imageBusybox, ownBusybox);
  return { ...entry, content: Buffer.from(text, 'latin1') };
}

function sshEntries({ systemd }: TreeFacts, kit: BootKit): ArchiveEntry[] {
  const unit = 'banger-ssh.service';
  const units = [
    file(`${systemdFolder}/${unit}`, kit.guestFile('container-ssh.service')),
    link(`${systemdFolder}/multi-user.target.wants/${unit}`, `/${systemdFolder}/${unit}`),
  ];
  const serve = withOwnBusybox(file(`${home}/ssh/serve`, kit.guestFile('container-ssh'), 0o755));
  return [
    ...kit.ssh.map((entry) => ({ ...entry, path: `${home}/ssh/${entry.path}` })),
    serve,
    ...(systemd ? units : []),
  ];
}

/** Login shells set PATH anew; what they read last gives them the image's again. */
function environmentEntries(config: ContainerConfig, withOwnSsh: boolean): ArchiveEntry[] {
  const script = environmentScript(config);
  if (script === '') return [];
  return [
    file(`${home}/environment`, script),
    file('etc/profile.d/zz-banger-image.sh', `. /${home}/environment\n`),
    ...(withOwnSsh ? [file(`${home}/ssh/session`, sessionScript, 0o755)] : []),
  ];
}

const sessionScript = `#!/bin/sh
# Run by dropbear for each session: gives it the environment of the container image.
. /${home}/environment
if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"; fi
exec "$SHELL" -l
`;

/** Files that let root log in. */
function accountEntries(facts: TreeFacts): ArchiveEntry[] {
  const { line, rest } = rootAccount(facts);
  const shell = line.slice(line.lastIndexOf(':') + 1);
  const shells = facts.shells ?? '/bin/sh\n';
  return [
    file('etc/passwd', [line, ...rest, ''].join('\n')),
    ...(facts.group === undefined ? [file('etc/group', 'root:x:0:\n')] : []),
    file('etc/shells', shells.split('\n').includes(shell) ? shells : `${shells.replace(/\n?$/, '\n')}${shell}\n`),
  ];
}

const noShell = /(?:^|\/)(?:nologin|false|true|sync)$/;

/** root's line of passwd(5), with a shell that is there and the home in which the key lies, and the other lines. */
function rootAccount(facts: TreeFacts): { line: string; rest: string[] } {
  const lines = (facts.passwd ?? '').split('\n').filter((line) => line !== '');
  const [, password = 'x', , , comment = 'root', , shell = ''] = (lines.find(isRoot) ?? '').split(':');
  const usable = shell !== '' && !noShell.test(shell) && facts.hasProgram(shell);
  const line = ['root', password || 'x', '0', '0', comment, '/root', usable ? shell : '/bin/sh'].join(':');
  return { line, rest: lines.filter((one) => !isRoot(one)) };
}

function isRoot(line: string): boolean {
  return line.startsWith('root:');
}
