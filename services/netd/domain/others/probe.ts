import { parseIpv4 } from '../../../../lib/ip/ipv4.js';
import type { Condition, Rule } from './ruleset.js';

/** A packet of ours that must pass, as far as it is known before it comes. What is absent can be anything. */
export interface Probe {
  readonly family: 'ip' | 'ip6';
  readonly hook: 'forward' | 'input';
  /** Our link, and whether the packet comes from it or goes to it. A "*" at the end stands for any rest. */
  readonly link: string;
  readonly direction: 'from' | 'to';
  readonly state: 'new' | 'established';
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6';
  /** Prefixes. */
  readonly source?: string;
  readonly destination?: string;
  readonly port?: number;
}

/** Whether something holds for every packet of a probe, for none, or for some. */
export type Answer = 'yes' | 'no' | 'maybe';

export function matchesRule({ conditions }: Rule, probe: Probe): Answer {
  const answers = conditions.map((condition) => matches(condition, probe));
  if (answers.includes('no')) return 'no';
  return answers.includes('maybe') ? 'maybe' : 'yes';
}

/** Whether a rule speaks of our link by name: then somebody meant our guests. */
export function namesLink({ conditions }: Rule, { link, direction }: Probe): boolean {
  const field = direction === 'from' ? 'in-link' : 'out-link';
  const stem = link.replace(/\*$/, '');
  return conditions.some(
    (condition) =>
      condition.field === field && !condition.negated && condition.values.some((value) => value.startsWith(stem)),
  );
}

function matches(condition: Condition, probe: Probe): Answer {
  const { negated, values } = condition;
  const answer = anyOf(values.map((value) => matchesValue(condition.field, value, probe)));
  if (!negated || answer === 'maybe') return answer;
  return answer === 'yes' ? 'no' : 'yes';
}

function anyOf(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.length === 0 || answers.includes('maybe') ? 'maybe' : 'no';
}

function matchesValue(field: Condition['field'], value: string, probe: Probe): Answer {
  switch (field) {
    case 'in-link':
      return probe.direction === 'from' ? ourLink(value, probe.link) : otherLink(value, probe);
    case 'out-link':
      return probe.direction === 'to' ? ourLink(value, probe.link) : otherLink(value, probe);
    case 'family':
      return same(value, probe.family);
    case 'protocol':
      return value === 'all' ? 'yes' : same(value, probe.protocol);
    case 'state':
      return same(value, probe.state);
    case 'source':
      return inPrefix(probe.source, value);
    case 'destination':
      return inPrefix(probe.destination, value);
    case 'destination-type':
      return same(value, probe.hook === 'input' ? 'local' : 'unicast');
    case 'port':
      return inRange(probe.port, value);
    default:
      return 'maybe';
  }
}

function same(value: string, known: string): Answer {
  return value === known ? 'yes' : 'no';
}

function ourLink(value: string, link: string): Answer {
  const [pattern, stem] = [value.replace(/\*$/, ''), link.replace(/\*$/, '')];
  if (value.endsWith('*') && stem.startsWith(pattern)) return 'yes';
  if (value === link) return 'yes';
  // It speaks of some of our links.
  return link.endsWith('*') && pattern.startsWith(stem) ? 'maybe' : 'no';
}

/** The link at the other end: one of the host's own, which are neither loopback nor ours. None for the host itself. */
function otherLink(value: string, { hook, link }: Probe): Answer {
  if (hook === 'input' || value === 'lo' || ourLink(value, link) === 'yes') return value === '*' ? 'yes' : 'no';
  return 'maybe';
}

function inRange(known: number | undefined, value: string): Answer {
  const [from, to = from] = value.split('-').map(Number);
  if (known === undefined || from === undefined || to === undefined || Number.isNaN(from + to)) return 'maybe';
  return from <= known && known <= to ? 'yes' : 'no';
}

/** Whether all addresses of a known prefix lie in another. IPv6 is left open, unless the other is all there is. */
function inPrefix(known: string | undefined, value: string): Answer {
  if (/\/0$/.test(value)) return 'yes';
  const [one, other] = [parsePrefix(known ?? ''), parsePrefix(value)];
  if (one === undefined || other === undefined) return 'maybe';
  const within = (length: number) =>
    Math.floor(one.address / 2 ** (32 - length)) === Math.floor(other.address / 2 ** (32 - length));
  if (one.length >= other.length) return within(other.length) ? 'yes' : 'no';
  return within(one.length) ? 'maybe' : 'no';
}

function parsePrefix(text: string): { address: number; length: number } | undefined {
  const [, bare = '', length = '32'] = /^([0-9.]+)(?:\/(\d+))?$/.exec(text) ?? [];
  const address = parseIpv4(bare);
  return address === undefined ? undefined : { address, length: Number(length) };
}
