import { isResolvedStub, parseNameServers } from '../../lib/host/resolv-conf.js';
import { hostsSources } from './hosts-line.js';

/** How programs on this host find names, and what has to be where for `.vm` to be among them. Pure. */

/** What stands between programs and name servers. */
export const resolverKinds = ['systemd-resolved', 'networkmanager', 'dnsmasq', 'resolv.conf'] as const;
export type ResolverKind = (typeof resolverKinds)[number];

/** What was found of the host's own settings. */
export interface HostFacts {
  /** The text of /etc/resolv.conf and of /etc/nsswitch.conf; empty when there is none. */
  readonly resolvConf: string;
  readonly nsswitch: string;
  /** Whether systemd-resolved answers on this host: its socket is there. */
  readonly hasResolved: boolean;
  /** NetworkManager's settings, all files after each other in the order in which it reads them. */
  readonly networkManager: string;
  /** Whether there is a folder /etc/dnsmasq.d, from which Debian's dnsmasq reads its settings. */
  readonly hasDnsmasq: boolean;
}

/** Who answers this host's programs. A resolver that is installed but that nobody asks is none. */
export function resolverOf(facts: HostFacts): ResolverKind {
  const [first = ''] = parseNameServers(facts.resolvConf);
  const sources = hostsSources(facts.nsswitch);
  if (isResolvedStub(first)) return 'systemd-resolved';
  if (facts.hasResolved && sources.includes('resolve')) return 'systemd-resolved';
  if (!isLocal(facts)) return 'resolv.conf';
  if (usesDnsmasqPlugin(facts.networkManager)) return 'networkmanager';
  return facts.hasDnsmasq ? 'dnsmasq' : 'resolv.conf';
}

/** Whether /etc/resolv.conf names a resolver on this host first. */
export function isLocal({ resolvConf }: Pick<HostFacts, 'resolvConf'>): boolean {
  const [first = ''] = parseNameServers(resolvConf);
  return first.startsWith('127.') || first === '::1';
}

/** Whether NetworkManager starts a dnsmasq of its own: `dns=dnsmasq` in its section [main]; the last one counts. */
export function usesDnsmasqPlugin(settings: string): boolean {
  let section = '';
  let dns = '';
  for (const line of settings.split('\n').map((each) => each.trim())) {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
    if (section === 'main') dns = /^dns\s*=\s*(\S+)/.exec(line)?.[1] ?? dns;
  }
  return dns === 'dnsmasq';
}

/** What a resolver is told. */
export interface Route {
  /** Where dnsd answers programs on this host. */
  readonly address: string;
  readonly port: number;
  /** The zones that it answers for, without the last dot: `vm`, and the reverse zones of the pools. */
  readonly zones: readonly string[];
}

/** The first line of every file that we write: what does not begin with it is not ours. */
export const mark = '# Made by `banger dns install`; `banger dns uninstall` removes it.';

/** The link that carries the route in systemd-resolved. At most 15 characters: IFNAMSIZ. */
export const linkName = 'banger-dns';
/**
 * systemd-resolved leaves a link without a routable address alone. This one is of the range that no router passes on (RFC
 * 3927), alone in its prefix, and nobody is reached by it.
 */
const linkAddress = '169.254.42.69/32';
export const unitName = 'banger-dns.service';

export interface WiringFile {
  readonly path: string;
  readonly text: string;
}

/** The file that tells a resolver; undefined where there is only advice. */
export function wiringFile(kind: ResolverKind, route: Route): WiringFile | undefined {
  switch (kind) {
    case 'systemd-resolved':
      return { path: `/etc/systemd/system/${unitName}`, text: unitText(route) };
    case 'networkmanager':
      return { path: '/etc/NetworkManager/dnsmasq.d/banger.conf', text: dnsmasqText(route) };
    case 'dnsmasq':
      return { path: '/etc/dnsmasq.d/banger.conf', text: dnsmasqText(route) };
    case 'resolv.conf':
      return undefined;
  }
}

/** Where the files of all kinds are. */
export function wiringPaths(): { readonly kind: ResolverKind; readonly path: string }[] {
  const route: Route = { address: '', port: 0, zones: [] };
  return resolverKinds.flatMap((kind) => {
    const file = wiringFile(kind, route);
    return file ? [{ kind, path: file.path }] : [];
  });
}

/** rebind-domain-ok: with stop-dns-rebind dnsmasq takes private addresses of nobody else. */
function dnsmasqText({ address, port, zones }: Route): string {
  const servers = zones.map((zone) => `server=/${zone}/${address}#${port}`);
  return [mark, ...servers, 'rebind-domain-ok=/vm/', ''].join('\n');
}

/**
 * A link of our own that systemd-resolved has a route for: a name server in its global settings would be asked for
 * everything, and would take turns with those that are there (docs/adr/0014).
 */
function unitText({ address, port, zones }: Route): string {
  const routes = zones.map((zone) => `~${zone}`).join(' ');
  return `${mark}
[Unit]
Description=Names of VMs for systemd-resolved
Documentation=man:banger(1)
After=systemd-resolved.service
Requires=systemd-resolved.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=-ip link delete ${linkName}
ExecStart=ip link add ${linkName} type dummy
ExecStart=ip address add ${linkAddress} dev ${linkName}
ExecStart=ip link set ${linkName} up
ExecStart=resolvectl dns ${linkName} ${address}:${port}
ExecStart=resolvectl domain ${linkName} ${routes}
ExecStart=resolvectl default-route ${linkName} no
ExecStart=resolvectl llmnr ${linkName} no
ExecStart=resolvectl mdns ${linkName} no
ExecStart=resolvectl dnssec ${linkName} no
ExecStop=-ip link delete ${linkName}

[Install]
WantedBy=multi-user.target
`;
}

/** The programs that make a change of the file effective, in this order, each with what it is for. */
export function activation(kind: ResolverKind, verb: 'install' | 'uninstall'): string[][] {
  switch (kind) {
    case 'systemd-resolved':
      return verb === 'install'
        ? [
            ['systemctl', 'daemon-reload'],
            ['systemctl', 'enable', unitName],
            ['systemctl', 'restart', unitName],
          ]
        : [['systemctl', 'disable', '--now', unitName]];
    case 'networkmanager':
      return [['nmcli', 'general', 'reload', 'dns-full']];
    case 'dnsmasq':
      return [['systemctl', 'try-restart', 'dnsmasq.service']];
    case 'resolv.conf':
      return [];
  }
}

/** What to do by hand where a file of name servers is all there is: it knows neither ports nor domains. */
export function adviceFor({ address, port, zones }: Route): string[] {
  return [
    'Programs here ask the servers in /etc/resolv.conf for every name; it cannot say who answers for which.',
    'A resolver that can, on this host, then takes these lines:',
    '',
    ...zones.map((zone) => `  server=/${zone}/${address}#${port}    # dnsmasq, in /etc/dnsmasq.d/banger.conf`),
    '',
    '  server:    # unbound',
    '    do-not-query-localhost: no',
    ...zones.filter((zone) => zone !== 'vm').map((zone) => `    local-zone: "${zone}." nodefault`),
    ...zones.flatMap((zone) => ['  forward-zone:', `    name: "${zone}."`, `    forward-addr: ${address}@${port}`]),
    ...(port === 53
      ? []
      : ['', 'or, without one: `port = 53` in [dnsd] and `dns_port = 53` in [netd], and in /etc/resolv.conf']),
    ...(port === 53 ? ['', 'or, without one, in /etc/resolv.conf'] : []),
    'before the other servers, which are asked for what dnsd refuses:',
    '',
    `  nameserver ${address}`,
  ];
}
