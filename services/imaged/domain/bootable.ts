import { type ArchiveEntry, file, folder, link } from './archive.js';

/**
 * What makes a tree of packages a root file system that banger can boot. Images of recipes and those made of containers
 * share it.
 */

/** What a tree has to boot with. */
export interface BootParts {
  /** systemd is its init; else only banger's light init can boot it. */
  readonly systemd: boolean;
  /** Its ssh server is OpenSSH's. Dropbear's needs no files: the light init starts it with all that it must know. */
  readonly openssh: boolean;
  /** systemd shall leave alone what a VM has no use for. */
  readonly trim: boolean;
  /** Whom the managed key lets in, beside root; nobody when absent. */
  readonly user?: string;
}

/** The folder that holds what is ours in a guest. */
const home = 'usr/lib/banger';
const systemdFolder = 'etc/systemd/system';
const powerVerbs = ['halt', 'poweroff', 'reboot', 'shutdown'] as const;

/** The entries to put on top of a tree. `contentOf` gives the content of a file that banger ships for guests. */
export function bootableEntries(parts: BootParts, contentOf: (guestFile: string) => Uint8Array): ArchiveEntry[] {
  const program = (path: string, guestFile: string) => file(path, contentOf(guestFile), 0o755);
  return [
    // Places to mount the VM's own disk and its work disk.
    folder(`${home}/own`),
    folder('work'),
    program(`${home}/light-init`, 'light-init'),
    program(`${home}/power`, 'power'),
    program('etc/acpi/PWRF/00000080', 'power-button'),
    // Not every ssh server looks in /usr/local; systemd has programs of its own in the other place.
    ...powerVerbs.flatMap((verb) =>
      (parts.systemd ? ['usr/local/sbin'] : ['usr/local/sbin', 'usr/sbin']).map((place) =>
        link(`${place}/${verb}`, `/${home}/power`),
      ),
    ),
    ...(parts.openssh ? [file('etc/ssh/sshd_config.d/banger.conf', contentOf('sshd.conf'))] : []),
    ...(parts.systemd ? systemdEntries(contentOf) : []),
    ...(parts.user === undefined || parts.user === 'root' ? [] : userEntries(parts.user, contentOf)),
    ...(parts.systemd && parts.trim ? maskedEntries : []),
  ];
}

function systemdEntries(contentOf: (guestFile: string) => Uint8Array): ArchiveEntry[] {
  const button = 'banger-power-button.service';
  return [
    file(`${systemdFolder}/${button}`, contentOf('power-button.service')),
    link(`${systemdFolder}/multi-user.target.wants/${button}`, `/${systemdFolder}/${button}`),
    file(`${systemdFolder}/ssh.service.d/banger.conf`, contentOf('ssh.service.conf')),
    file('usr/lib/systemd/system-shutdown/banger-clean-disk', contentOf('clean-disk'), 0o755),
    link(`${systemdFolder}/default.target`, '/usr/lib/systemd/system/multi-user.target'),
  ];
}

/** vmm gives the key to root alone, for it does not know an image's users: both inits pass it on. */
function userEntries(user: string, contentOf: (guestFile: string) => Uint8Array): ArchiveEntry[] {
  const program = `${home}/authorize-user`;
  return [
    file(program, contentOf('authorize-user'), 0o755),
    file(`${home}/user`, `${user}\n`),
    // By its name it is read after banger.conf, which clears what would run before the server.
    file(`${systemdFolder}/ssh.service.d/user.conf`, `[Service]\nExecStartPre=/${program}\n`),
  ];
}

/** The guest files that `bootableEntries` may ask for. */
export const bootFiles = [
  'authorize-user',
  'clean-disk',
  'light-init',
  'power',
  'power-button',
  'power-button.service',
  'ssh.service.conf',
  'sshd.conf',
] as const;

/** What a VM has no use for, and what made its boot slow. */
const maskedUnits = [
  // There is no hardware to discover: the initramfs has loaded the drivers, and devtmpfs makes the devices.
  'kmod-static-nodes.service',
  'modprobe@.service',
  'systemd-hwdb-update.service',
  'systemd-modules-load.service',
  'systemd-tmpfiles-setup-dev.service',
  'systemd-udev-settle.service',
  'systemd-udev-trigger.service',
  'systemd-udevd-control.socket',
  'systemd-udevd-kernel.socket',
  'systemd-udevd.service',
  // Nobody sits at a terminal.
  'console-getty.service',
  'getty-static.service',
  'getty.target',
  'getty@.service',
  'serial-getty@.service',
  'systemd-ask-password-console.path',
  'systemd-ask-password-wall.path',
  // Logins come by key, without PAM and without D-Bus.
  'systemd-logind.service',
  'systemd-update-utmp-runlevel.service',
  'systemd-update-utmp.service',
  'systemd-user-sessions.service',
  // The image is finished: there is no first boot.
  'systemd-firstboot.service',
  'systemd-machine-id-commit.service',
  'systemd-sysusers.service',
  // Special hardware, and file systems that nobody mounts.
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'proc-sys-fs-binfmt_misc.automount',
  'sys-fs-fuse-connections.mount',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'systemd-binfmt.service',
  'systemd-pcrphase-sysinit.service',
  'systemd-pcrphase.service',
  'systemd-pstore.service',
  'systemd-remount-fs.service',
  'systemd-repart.service',
  // The hypervisor gives the guest its randomness.
  'systemd-random-seed.service',
  // Work that would start by itself at a bad time.
  'apt-daily-upgrade.timer',
  'apt-daily.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'systemd-tmpfiles-clean.timer',
] as const;

/** Programs that systemd runs at every start to make units for what is not here. */
const maskedGenerators = [
  'systemd-cryptsetup-generator',
  'systemd-getty-generator',
  'systemd-gpt-auto-generator',
  'systemd-hibernate-resume-generator',
  'systemd-integritysetup-generator',
  'systemd-system-update-generator',
  'systemd-veritysetup-generator',
] as const;

const maskedEntries: readonly ArchiveEntry[] = [
  ...maskedUnits.map((name) => link(`${systemdFolder}/${name}`, '/dev/null')),
  ...maskedGenerators.map((name) => link(`etc/systemd/system-generators/${name}`, '/dev/null')),
];
