import { describe, expect, test } from '@jest/globals';
import { addressPool } from '../address-pool.js';
import { survey } from './accepts.js';
import { othersChains } from './edits.js';
import { interestsOf } from './guests.js';
import { parseIptablesSave } from './iptables-save.js';
import type { Chain } from './ruleset.js';

const mark = '0123456789ab';
const settings = { mark, pool: addressPool('10.77.0.0/16'), tapPrefix: 'bgr', table: 'banger', dnsPort: 42069 };
const web = {
  ...{ vmUid: 'uid-web', vmName: 'web', ownerUid: 0, nat: true },
  ...{ address: '10.77.0.10', mac: '02:ba:0a:4d:00:0a', tap: 'bgr10' },
};
const withGuest = { attachments: [web], natRules: [] };
const withScript = { attachments: [], natRules: [{ address: '172.31.7.2', link: 'scr0' }] };

/** What is wanted beside these rules, one line for each accept: its place, and whose packets. */
function wantedBeside(rules: readonly string[], state = withGuest as Parameters<typeof interestsOf>[1]) {
  const saved = ['*filter', ...rules, 'COMMIT'].join('\n');
  const chains = parseIptablesSave('iptables-nft', saved);
  const { wanted, refusing } = survey(othersChains(chains, mark), interestsOf(settings, state));
  const lines = wanted.map(({ chain, index, accept }) => {
    return `${chain.name} ${index} ${accept.direction} ${accept.link}${accept.address ? ` ${accept.address}` : ''}`;
  });
  return [...lines, ...refusing.map((chain: Chain) => `${chain.name} refuses`)];
}

const both = (place: string) => [`${place} from bgr*`, `${place} to bgr*`];

test('nothing is wanted where nothing is dropped, and nothing for nobody', () => {
  expect(wantedBeside([':INPUT ACCEPT', ':FORWARD ACCEPT', '-A FORWARD -i eth0 -j DROP'])).toEqual([]);
  expect(wantedBeside([':FORWARD DROP'], { attachments: [], natRules: [] })).toEqual([]);
});

describe('the place is', () => {
  test('the end, before a policy drops', () => {
    expect(wantedBeside([':FORWARD DROP', '-A FORWARD -i lan0 -j ACCEPT'])).toEqual(both('FORWARD 1'));
  });

  test('before the rule that drops all that gets there, wherever it stands', () => {
    const chains = [':INPUT ACCEPT', ':FORWARD ACCEPT', ':zone -'];
    expect(
      wantedBeside([...chains, '-A FORWARD -j zone', '-A zone -s 192.168.0.0/16 -j ACCEPT', '-A zone -j REJECT']),
    ).toEqual(both('zone 1'));
  });

  test('above the logs that tell of it', () => {
    const chains = [':INPUT ACCEPT', ':FORWARD DROP', ':log -', ':track -'];
    const rules = ['-A FORWARD -i lan0 -j ACCEPT', '-A FORWARD -j log', '-A FORWARD -j track', '-A log -j LOG'];
    expect(wantedBeside([...chains, ...rules])).toEqual(both('FORWARD 1'));
  });

  test('Docker’s own chain for it, before its return', () => {
    const chains = [':FORWARD DROP', ':DOCKER-USER -'];
    const rules = ['-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -d 10.1.0.0/16 -j DROP', '-A DOCKER-USER -j RETURN'];
    expect(wantedBeside([...chains, ...rules])).toEqual(both('DOCKER-USER 1'));
    expect(wantedBeside([...chains, ...rules.slice(0, 2)])).toEqual(both('DOCKER-USER 1'));
    // Where no packet is led there, an accept would do nothing.
    expect(wantedBeside([...chains, ...rules.slice(1)])).toEqual(both('FORWARD 0'));
  });

  test('one for each protocol, where they part', () => {
    const rules = ['-A FORWARD -p tcp -j DROP', '-A FORWARD -p udp -j ACCEPT'];
    expect(wantedBeside([':FORWARD DROP', ...rules])).toEqual([
      ...['FORWARD 0 from bgr*', 'FORWARD 2 from bgr*', 'FORWARD 0 to bgr*', 'FORWARD 2 to bgr*'],
    ]);
  });
});

describe('of what guests send the host', () => {
  test('DNS and ping must pass', () => {
    const open = ['-A INPUT -p icmp -j ACCEPT', '-A INPUT -p udp --dport 42069 -j ACCEPT'];
    expect(wantedBeside([':INPUT DROP', ...open])).toEqual(['INPUT 2 from bgr*']);
    expect(wantedBeside([':INPUT DROP', ...open, '-A INPUT -p tcp --dport 1:65535 -j ACCEPT'])).toEqual([]);
  });
});

test('where packets may turn off, both ways end somewhere', () => {
  const chains = [':INPUT DROP', ':FORWARD DROP', ':local -'];
  const rules = ['-A FORWARD -j local', '-A local -d 10.0.0.0/8 -j RETURN', '-A local -j DROP'];
  expect(wantedBeside([...chains.slice(1), ...rules])).toEqual([
    ...['local 1 from bgr*', 'FORWARD 1 from bgr*', 'FORWARD 1 to bgr*'],
  ]);
  // What goes to the host is sure to turn off here.
  const ufw = ['-A INPUT -j local', '-A local -m addrtype --dst-type LOCAL -j RETURN', '-A local -j DROP'];
  expect(wantedBeside([...chains, ...ufw]).filter((line) => line.startsWith('local'))).toEqual([]);
});

describe('left alone is', () => {
  test.each([
    ['a port', '-A FORWARD -p tcp --dport 25 -j DROP'],
    ['a destination', '-A FORWARD -d 192.168.0.0/16 -j DROP'],
    ['one guest', '-A FORWARD -s 10.77.0.10/32 -j DROP'],
    ['one way out', '-A FORWARD -o tun0 -j DROP'],
    ['what is too much', '-A FORWARD -m limit --limit 9/sec -j DROP'],
    ['what belongs to no connection', '-A FORWARD -m conntrack --ctstate INVALID -j DROP'],
    ['those of another address', '-A FORWARD ! -s 10.0.0.0/8 -d 10.88.0.0/16 -j DROP'],
  ])('a rule that drops only %s', (_, rule) => {
    expect(wantedBeside([':FORWARD ACCEPT', rule])).toEqual([]);
    expect(wantedBeside([':FORWARD DROP', rule])).toEqual(both('FORWARD 1'));
  });

  test('a rule that names our taps: somebody wants it so', () => {
    const rules = [':FORWARD DROP', '-A FORWARD -i bgr+ -j REJECT'];
    expect(wantedBeside(rules)).toEqual(['FORWARD 1 to bgr*', 'FORWARD refuses']);
  });
});

test.each([
  ['a source that no guest has', '-A FORWARD ! -s 192.168.0.0/16 -j DROP', 'FORWARD 0 from bgr*'],
  ['any link but one', '-A FORWARD ! -i lan0 -j DROP', 'FORWARD 0 from bgr*'],
  ['all that is new', '-A FORWARD -m conntrack --ctstate NEW -j DROP', 'FORWARD 0 from bgr*'],
])('a rule that drops %s drops all of ours', (_, rule, first) => {
  expect(wantedBeside([':FORWARD ACCEPT', rule])[0]).toBe(first);
});

test('a script’s link is let through for its one address, and answers back', () => {
  expect(wantedBeside([':INPUT DROP', ':FORWARD DROP'], withScript)).toEqual([
    'FORWARD 0 from scr0 172.31.7.2',
    'FORWARD 0 to scr0 172.31.7.2',
  ]);
  const answers = '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';
  expect(wantedBeside([':FORWARD DROP', answers], withScript)).toEqual(['FORWARD 1 from scr0 172.31.7.2']);
});

test('chains that lead to each other in a circle come to an end', () => {
  const chains = [':FORWARD DROP', ':a -', ':b -'];
  expect(wantedBeside([...chains, '-A FORWARD -j a', '-A a -j b', '-A b -j a'])).toEqual(both('FORWARD 1'));
});
