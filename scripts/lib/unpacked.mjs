// Debian packages that tests run programs of, and that must not be installed: they would start daemons, or take the place
// of the machine's own files, as systemd-resolved does with /etc/resolv.conf. They are unpacked below folders, where
// nothing finds them by itself.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './steps.mjs';

/** By the folder below .cache where the suites find them, as `root`. */
const trees = {
  resolvers: ['systemd-resolved', 'libsystemd-shared'],
  // Firewalls, and what they run on.
  firewalls: [
    'ufw',
    'firewalld',
    'python3-firewall',
    'python3-nftables',
    'python3-dbus',
    'python3-gi',
    'gir1.2-glib-2.0',
    'libgirepository-1.0-1',
    'dbus-daemon',
    'dbus-bin',
    'dbus-system-bus-common',
    'dbus-session-bus-common',
    'netavark',
  ],
};

/** Folders that are links to those below /usr on every Debian since 12, and that older packages still name. */
const merged = ['bin', 'sbin', 'lib'];

/** Fetches and unpacks what is not there yet. */
export async function unpackPackages(say) {
  const done = [];
  for (const [name, packages] of Object.entries(trees)) {
    const folder = resolve('.cache', name);
    if (isUnpacked(folder, packages)) continue;
    await unpack(folder, packages, say);
    done.push(...packages);
  }
  return done.length === 0 ? 'all there' : `unpacked ${done.join(' ')}`;
}

const stampOf = (folder) => join(folder, 'packages');

function isUnpacked(folder, packages) {
  return existsSync(stampOf(folder)) && readFileSync(stampOf(folder), 'utf8') === packages.join(' ');
}

/** In a folder beside, which takes the place of the other when it is whole. */
async function unpack(folder, packages, say) {
  mkdirSync('.cache', { recursive: true });
  const beside = mkdtempSync(resolve('.cache/unpacking-'));
  try {
    await run(['apt-get', '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: beside, onLine: say });
    const root = join(beside, 'root');
    for (const file of readdirSync(beside)) await run(['dpkg-deb', '--extract', join(beside, file), root]);
    for (const file of readdirSync(beside).filter((name) => name !== 'root')) rmSync(join(beside, file));
    mergeFolders(root);
    writeFileSync(stampOf(beside), packages.join(' '));
    rmSync(folder, { recursive: true, force: true });
    renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function mergeFolders(root) {
  for (const name of merged.filter((one) => existsSync(join(root, one)))) {
    cpSync(join(root, name), join(root, 'usr', name), { recursive: true, verbatimSymlinks: true });
    rmSync(join(root, name), { recursive: true });
  }
}
