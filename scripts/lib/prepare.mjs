// What a checkout needs before anything can run: system packages, npm packages, a build.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { run } from './steps.mjs';

/** Debian packages that banger needs at run time, and what for. */
const runtimePackages = {
  'qemu-system-x86': 'runs virtual machines',
  mmdebstrap: 'builds images',
  e2fsprogs: 'makes file systems',
  'busybox-static': 'is the first program in a guest',
  nftables: 'keeps guests apart',
  iproute2: 'makes taps and routes',
  conntrack: 'ends the connections of VMs that go',
  'openssh-client': 'logs in to guests',
  'bind9-dnsutils': 'looks names up',
  skopeo: 'copies container images',
  umoci: 'unpacks container images',
  'dropbear-bin': 'answers ssh in images that were containers',
  'qemu-utils': 'reads qcow2 disks',
  zstd: 'unpacks kernels, packs images',
  'xz-utils': 'unpacks kernels',
  'ca-certificates': 'lets package sources be trusted',
};

/** To compile the SQLite binding, for which the registry has no ready one. */
const buildPackages = { python3: 'runs node-gyp', make: 'compiles', 'g++': 'compiles' };

/** What the test suite uses beyond that. */
const testPackages = {
  git: 'compares the contract',
  cpio: 'reads archives back',
  openssl: 'makes certificates',
  lz4: 'packs kernels',
  procps: 'reads sysctls',
  'iputils-ping': 'asks who is in reach',
  curl: 'asks web servers',
  buildah: 'builds Dockerfiles',
  'libcap2-bin': 'gives files capabilities',
  'groff-base': 'prints manual pages',
  zsh: 'completes commands',
  fish: 'completes commands',
  tmux: 'is a terminal that can be looked at',
  systemd: 'reads units',
  'knot-dnsutils': 'looks names up, as kdig does',
  'golang-go': 'looks names up, as Go programs do',
  'protoc-gen-go': 'generates the client for Go: its messages',
  'protoc-gen-go-grpc': 'generates the client for Go: its services',
  'protobuf-compiler': 'generates the client for Python: its messages',
  'protobuf-compiler-grpc': 'generates the client for Python: its services',
  'golang-google-grpc-dev': 'is what the client for Go is made with',
  // The one before it, which apt would take, does not know messages of today.
  'golang-github-golang-protobuf-1-5-dev': 'is what the client for Go is made with',
  'python3-grpcio': 'is what the client for Python is made with',
  'python3-protobuf': 'is what the client for Python is made with',
  'python3-dnspython': 'looks names up, as Python programs do',
  'dnsmasq-base': 'routes names; the package of its service is another',
  'openssh-server': 'is logged in to',
  'dbus-daemon': 'lets systemd-resolved be told of links; the package of the service is another',
};

export class NotRoot extends Error {}

/** Installs what is missing. Without root it throws NotRoot with the one command to run. */
export async function systemPackages(say, { forTests = false } = {}) {
  const wanted = Object.keys({ ...runtimePackages, ...buildPackages, ...(forTests ? testPackages : {}) });
  const missing = await notInstalled(wanted);
  if (missing.length === 0) return 'all there';
  if (process.getuid() !== 0) {
    throw new NotRoot(`system packages are missing; run: sudo apt-get install -y ${missing.join(' ')}`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update'], { env, onLine: say });
  await run(['apt-get', 'install', '-y', '--no-install-recommends', ...missing], { env, onLine: say });
  return `installed ${missing.join(' ')}`;
}

async function notInstalled(packages) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
  const format = '${Package} ${db:Status-Status}\n';
  const known = await run(['dpkg-query', '-W', '-f', format]).catch(() => '');
  const installed = new Set(
    known
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, status]) => status === 'installed')
      .map(([name]) => name),
  );
  return packages.filter((name) => !installed.has(name));
}

const stamp = 'node_modules/.banger-lock-sha256';

/** Installs npm packages exactly as the lock file says, unless they already are. */
export async function npmPackages(say) {
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return 'all there';
  await run(['npm', 'ci', '--no-audit', '--no-fund'], { onLine: say });
  writeFileSync(stamp, lock);
  return 'installed';
}

/** Builds dist/ when a source is newer than it. */
export async function build(say) {
  if (await isBuilt()) return 'up to date';
  await run([process.execPath, 'scripts/build.mjs'], { onLine: say });
  return 'built';
}

const buildScripts = [
  ...['build', 'daemon-main', 'lib/daemon-bundles', 'lib/code-cache', 'lib/make-code-cache', 'lib/cli-bundle'],
];
const builtFrom = [
  ...['lib', 'services', 'supervisor', 'cli', 'gen', 'package.json'],
  ...buildScripts.map((name) => `scripts/${name}.mjs`),
];

async function isBuilt() {
  if (!existsSync('dist/cli/main.cjs')) return false;
  const built = statSync('dist/cli/main.cjs').mtimeMs / 1000;
  const newer = await run(['find', ...builtFrom, '-newermt', `@${built}`, '-type', 'f', '-print', '-quit']);
  return newer.trim() === '';
}
