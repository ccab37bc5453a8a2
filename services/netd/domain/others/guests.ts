import { formatIpv4 } from '../../../../lib/ip/ipv4.js';
import type { NatRule } from '../attachment.js';
import type { NetworkSettings } from '../settings.js';
import type { Probe } from './probe.js';

/** Whose packets must pass through other people's chains: those of all taps, and those of a script's interface. */
export interface Interest {
  /** A link, or with "*" at the end all whose names start so. */
  readonly link: string;
  /** The only address behind it that is meant; absent for taps, which our own table holds to their addresses. */
  readonly address?: string;
  readonly probes: readonly Probe[];
}

type Known = Pick<Probe, 'family' | 'source' | 'destination'>;

const protocols = { ip: ['tcp', 'udp', 'icmp'], ip6: ['tcp', 'udp', 'icmpv6'] } as const;

/** As much of the state as matters. */
interface Who {
  readonly attachments: readonly unknown[];
  readonly natRules: readonly NatRule[];
}

/** All of them; none when nobody is attached and no script has NAT. */
export function interestsOf(settings: NetworkSettings, state: Who): Interest[] {
  const scripts = state.natRules.map(({ link, address }) => ({ link, address, probes: ofScript(link, address) }));
  return state.attachments.length === 0 ? scripts : [tapInterest(settings), ...scripts];
}

/** What goes through all taps, whoever is behind them. */
export function tapInterest(settings: NetworkSettings): Interest {
  const { pool, tapPrefix } = settings;
  const link = `${tapPrefix}*`;
  const prefix = `${formatIpv4(pool.network)}/${pool.length}`;
  const probes = [
    ...forwarded(link, 'from', { family: 'ip', source: prefix }, ['new', 'established']),
    ...forwarded(link, 'to', { family: 'ip', destination: prefix }, ['new', 'established']),
    ...toGateway(link, { family: 'ip', source: prefix, destination: pool.gateway }, settings.dnsPort),
  ];
  return { link, probes };
}

/** New packets out; what comes back is an answer. */
function ofScript(link: string, address: string): Probe[] {
  return [
    ...forwarded(link, 'from', { family: 'ip', source: address }, ['new', 'established']),
    ...forwarded(link, 'to', { family: 'ip', destination: address }, ['established']),
  ];
}

function forwarded(
  link: string,
  direction: Probe['direction'],
  known: Known,
  states: readonly Probe['state'][],
): Probe[] {
  return states.flatMap((state) =>
    protocols[known.family].map((protocol) => ({
      ...known,
      hook: 'forward' as const,
      link,
      direction,
      state,
      protocol,
    })),
  );
}

/** Guests ask the gateway for names, and whether it is there. */
function toGateway(link: string, known: Known, dnsPort: number): Probe[] {
  const probe = { ...known, hook: 'input', link, direction: 'from', state: 'new' } as const;
  const [tcp, udp, ping] = protocols[known.family];
  return [
    { ...probe, protocol: udp, port: dnsPort },
    { ...probe, protocol: tcp, port: dnsPort },
    { ...probe, protocol: ping },
  ];
}
