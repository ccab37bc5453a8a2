import { join, resolve } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { endProcess, identify, type ProcessIdentity } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';

/** The firewalls of a host, as the real programs make them, in the namespaces that a suite runs in. */

const timeoutMs = 60_000;
/** Made by scripts/lib/unpacked.mjs. */
const unpacked = resolve('.cache/firewalls/root');

export interface Firewall {
  /** Makes its rules; returns how they go again. */
  up(): Promise<() => Promise<void>>;
  /** Makes them anew, as its own reload does. */
  reload(): Promise<unknown>;
  /** Whether it drops what is forwarded for others. */
  readonly drops: boolean;
}

/** What anybody's rules are, without counters: they must be the same text again. */
export async function allRules(): Promise<string> {
  const run = async (...argv: string[]) =>
    (await runCommand(argv)).stdout.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '');
  const legacy = ['iptables-legacy-save', 'ip6tables-legacy-save'].map((tool) => run(tool, '-t', 'filter'));
  const all = [run('nft', '-s', 'list', 'ruleset'), run('iptables-nft-save'), run('ip6tables-nft-save'), ...legacy];
  return (await Promise.all(all)).join('\n');
}

const flush = async () => void (await runCommand(['nft', 'flush', 'ruleset']));

/** Rules that `iptables-restore` is given. */
function ofIptables(
  tool: string,
  drops: boolean,
  rules: readonly string[],
  again: readonly string[] = rules,
): Firewall {
  const restore = (list: readonly string[]) =>
    runCommand([`${tool}-restore`, '--noflush'], { stdin: ['*filter', ...list, 'COMMIT', ''].join('\n') });
  return {
    drops,
    async up() {
      await restore(rules);
      return async () => {
        const names = rules.flatMap((rule) => /^:(\S+) -/.exec(rule)?.[1] ?? []);
        const open = [':INPUT ACCEPT', ':FORWARD ACCEPT', ':OUTPUT ACCEPT', '-F', ...names.map((name) => `-X ${name}`)];
        await restore(open);
        if (tool.includes('-nft')) await flush();
      };
    },
    reload: () => restore(again),
  };
}

/** What dockerd 20.10 leaves, and how it makes it anew when it starts again. */
const docker = ofIptables(
  'iptables-nft',
  true,
  [
    ':FORWARD DROP',
    ...[':DOCKER -', ':DOCKER-ISOLATION-STAGE-1 -', ':DOCKER-ISOLATION-STAGE-2 -', ':DOCKER-USER -'],
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -j DOCKER-ISOLATION-STAGE-1',
    '-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A FORWARD -o docker0 -j DOCKER',
    '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
    '-A FORWARD -i docker0 -o docker0 -j ACCEPT',
    '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
    '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
    '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
    '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
    '-A DOCKER-USER -j RETURN',
  ],
  [
    ...['-D FORWARD -j DOCKER-ISOLATION-STAGE-1', '-I FORWARD -j DOCKER-ISOLATION-STAGE-1'],
    ...['-D FORWARD -j DOCKER-USER', '-I FORWARD -j DOCKER-USER'],
  ],
);

/** What libvirt 9 makes for its network "default". */
const libvirt = ofIptables('iptables-nft', false, [
  ...[':LIBVIRT_FWI -', ':LIBVIRT_FWO -', ':LIBVIRT_FWX -', ':LIBVIRT_INP -', ':LIBVIRT_OUT -'],
  '-F',
  ...['-A INPUT -j LIBVIRT_INP', '-A OUTPUT -j LIBVIRT_OUT'],
  ...['-A FORWARD -j LIBVIRT_FWX', '-A FORWARD -j LIBVIRT_FWI', '-A FORWARD -j LIBVIRT_FWO'],
  '-A LIBVIRT_FWI -d 192.168.122.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A LIBVIRT_FWI -o virbr0 -j REJECT --reject-with icmp-port-unreachable',
  '-A LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT',
  '-A LIBVIRT_FWO -i virbr0 -j REJECT --reject-with icmp-port-unreachable',
  '-A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT',
  ...['udp', 'tcp'].flatMap((protocol) => [
    `-A LIBVIRT_INP -i virbr0 -p ${protocol} -m ${protocol} --dport 53 -j ACCEPT`,
    `-A LIBVIRT_INP -i virbr0 -p ${protocol} -m ${protocol} --dport 67 -j ACCEPT`,
    `-A LIBVIRT_OUT -o virbr0 -p ${protocol} -m ${protocol} --dport 53 -j ACCEPT`,
    `-A LIBVIRT_OUT -o virbr0 -p ${protocol} -m ${protocol} --dport 68 -j ACCEPT`,
  ]),
]);

/** Policies and nothing else, with the one rule by which a host's own connections work. */
const bare = [':INPUT DROP', ':FORWARD DROP', '-F', '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'];

/** nftables.conf as people write it: a workstation that forwards nothing, with a last word of its own on input. */
const nftablesConf = `
table inet filter
delete table inet filter
table inet filter {
  chain input {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
    iif "lo" accept
    tcp dport 22 accept
    limit rate 3/minute log prefix "input: "
    counter reject with icmpx port-unreachable
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname "lan0" oifname "wan0" accept
  }
}`;

function ofNft(ruleset: string): Firewall {
  const load = () => runCommand(['nft', '-f', '-'], { stdin: ruleset });
  return {
    drops: true,
    async up() {
      await load();
      return flush;
    },
    reload: load,
  };
}

/** A root of its own for programs that are not installed: the host's files with theirs on top, and nothing kept. */
interface Root {
  readonly chroot: readonly string[];
  remove(): Promise<void>;
}

async function unpackedRoot(): Promise<Root> {
  const folder = await tempFolder();
  const at = (name: string) => join(folder.path, name);
  await runCommand(['mount', '-t', 'tmpfs', 'tmpfs', folder.path]);
  await runCommand(['mkdir', at('up'), at('work'), at('root')]);
  await runCommand(['cp', '-a', `${unpacked}/.`, at('up')]);
  const layers = `lowerdir=/,upperdir=${at('up')},workdir=${at('work')}`;
  await runCommand(['mount', '-t', 'overlay', 'overlay', '-o', layers, at('root')]);
  for (const name of ['proc', 'sys', 'dev']) await runCommand(['mount', '--rbind', `/${name}`, at(`root/${name}`)]);
  for (const name of ['run', 'tmp']) await runCommand(['mount', '-t', 'tmpfs', 'tmpfs', at(`root/${name}`)]);
  return {
    chroot: ['chroot', at('root')],
    async remove() {
      await runCommand(['umount', '--recursive', '--lazy', folder.path]);
      await folder.remove();
    },
  };
}

/** ufw as Debian packages it, freshly installed and enabled. Its kernel parameters are left out. */
function ufw(): Firewall {
  let root: Root;
  const run = (...argv: string[]) => runCommand([...root.chroot, ...argv]);
  return {
    drops: true,
    async up() {
      root = await unpackedRoot();
      const files = ['before', 'before6', 'after', 'after6', 'user', 'user6'].map(
        (name) => `/usr/share/ufw/iptables/${name}.rules`,
      );
      await run(
        'cp',
        ...files,
        '/usr/share/ufw/before.init',
        '/usr/share/ufw/after.init',
        '/usr/share/ufw/ufw.conf',
        '/etc/ufw/',
      );
      await run('sed', '-i', 's/^IPT_SYSCTL=.*/IPT_SYSCTL=/', '/etc/default/ufw');
      await run('ufw', '--force', 'enable');
      // Its first reload completes what enabling leaves out for IPv6.
      await run('ufw', 'reload');
      return async () => {
        await flush();
        await root.remove();
      };
    },
    reload: () => run('ufw', 'reload'),
  };
}

/** A bus for one daemon and its client, on which everybody may do everything. */
const busConfig = `<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>`;

/** firewalld as Debian packages it, with a bus of its own. */
function firewalld(): Firewall {
  let root: Root;
  const run = (...argv: string[]) => runCommand([...root.chroot, ...argv]);
  const start = (...argv: string[]): ProcessIdentity => {
    const process = identify(
      spawnChild([...root.chroot, ...argv], { stdio: ['ignore', 'ignore', 'ignore'] }).pid ?? -1,
    );
    if (process === undefined) throw new Error(`${argv[0]} ended as it started`);
    return process;
  };
  const answers = () =>
    run('firewall-cmd', '--state').then(
      () => true,
      () => false,
    );
  return {
    drops: true,
    async up() {
      root = await unpackedRoot();
      await run('mkdir', '-p', '/run/dbus');
      await runCommand(['tee', `${root.chroot[1]}/etc/bus.conf`], { stdin: busConfig });
      const bus = start('dbus-daemon', '--config-file=/etc/bus.conf', '--nofork', '--nopidfile');
      await pollUntil(
        () =>
          run('test', '-S', '/run/dbus/system_bus_socket').then(
            () => true,
            () => false,
          ),
        {
          what: 'the bus is there',
          timeoutMs,
        },
      );
      const daemon = start('firewalld', '--nofork', '--nopid');
      await pollUntil(answers, { what: 'firewalld answers', timeoutMs });
      return async () => {
        await endProcess(daemon, timeoutMs);
        await endProcess(bus, timeoutMs);
        await flush();
        await root.remove();
      };
    },
    reload: () => run('firewall-cmd', '--reload'),
  };
}

/** A container's network by podman's netavark, told as podman tells it. */
function netavark(): Firewall {
  const setup = (verb: string) =>
    runCommand(['/usr/lib/podman/netavark', verb, '/run/netns/bg-podman'], { stdin: JSON.stringify(podmanNetwork) });
  return {
    drops: false,
    async up() {
      await runCommand(['ip', 'netns', 'add', 'bg-podman']);
      await setup('setup');
      return async () => {
        await setup('teardown');
        await runCommand(['ip', 'netns', 'delete', 'bg-podman']);
        await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
        await flush();
      };
    },
    // Made a second time, its chains stand in another order, which would hide what is compared here.
    reload: async () => undefined,
  };
}

const podmanId = 'a'.repeat(64);
const podmanNetwork = {
  container_id: podmanId,
  container_name: 'bg',
  networks: { podman: { interface_name: 'eth0', static_ips: ['10.88.0.2'] } },
  network_info: {
    podman: {
      name: 'podman',
      id: podmanId,
      driver: 'bridge',
      network_interface: 'podman0',
      subnets: [{ subnet: '10.88.0.0/16', gateway: '10.88.0.1' }],
      ipv6_enabled: false,
      internal: false,
      dns_enabled: false,
      ipam_options: { driver: 'host-local' },
    },
  },
};

export const firewalls: Readonly<Record<string, Firewall>> = {
  'iptables-nft with FORWARD DROP': ofIptables('iptables-nft', true, bare),
  'iptables-legacy with FORWARD DROP': ofIptables('iptables-legacy', true, bare),
  Docker: docker,
  ufw: ufw(),
  firewalld: firewalld(),
  'nftables.conf': ofNft(nftablesConf),
  libvirt,
  netavark: netavark(),
};
