import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeOtherFirewalls } from '../../../../test/fakes/other-firewalls.js';
import { addressPool } from '../address-pool.js';
import { survey } from './accepts.js';
import { nftCommands, restoreScript } from './commands.js';
import { editsFor, othersChains } from './edits.js';
import { interestsOf } from './guests.js';
import { parseIptablesSave } from './iptables-save.js';
import { parseNftListing } from './nft-listing.js';
import type { Chain } from './ruleset.js';

const mark = '0123456789ab';
const comment = `banger:${mark}`;
const settings = { mark, pool: addressPool('10.77.0.0/16'), tapPrefix: 'bgr', table: 'banger', dnsPort: 42069 };
const web = {
  ...{ vmUid: 'uid-web', vmName: 'web', ownerUid: 0, nat: true },
  ...{ address: '10.77.0.10', mac: '02:ba:0a:4d:00:0a', tap: 'bgr10' },
};
type State = Parameters<typeof interestsOf>[1];
const full: State = { attachments: [web], natRules: [{ address: '172.31.7.2', link: 'scr0' }] };
const empty = { attachments: [], natRules: [] };

function edits(chains: readonly Chain[], state: State = full) {
  const { wanted } = survey(othersChains(chains, mark), interestsOf(settings, state));
  return editsFor(chains, wanted, mark);
}

const saved = (...rules: string[]) => parseIptablesSave('iptables-nft', ['*filter', ...rules].join('\n'));

test('a table of iptables is changed by iptables, in one go', () => {
  const [edit] = edits(saved(':FORWARD DROP', '-A FORWARD -i lan0 -j ACCEPT', '-A FORWARD -j LOG'));
  expect(edit && restoreScript(edit).split('\n')).toEqual([
    '*filter',
    `-I FORWARD 2 -d 172.31.7.2/32 -o scr0 -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "${comment}" -j ACCEPT`,
    `-I FORWARD 3 -i bgr+ -m comment --comment "${comment}" -j ACCEPT`,
    `-I FORWARD 4 -o bgr+ -m comment --comment "${comment}" -j ACCEPT`,
    `-I FORWARD 5 -s 172.31.7.2/32 -i scr0 -m comment --comment "${comment}" -j ACCEPT`,
    'COMMIT',
    '',
  ]);
});

test('a table of nft is changed by nft, before the rule that drops', () => {
  const where = { family: 'inet', table: 'filter' };
  const chain = { ...where, name: 'input', type: 'filter', hook: 'input', policy: 'accept' };
  const rule = { ...where, chain: 'input', handle: 7, expr: [{ reject: null }] };
  const [edit] = edits(parseNftListing({ nftables: [{ chain }, { rule }] } as never), { ...full, natRules: [] });
  const match = { op: '==', left: { meta: { key: 'iifname' } }, right: 'bgr*' };
  const accept = { ...where, chain: 'input', comment, expr: [{ match }, { accept: null }], handle: 7 };
  expect(edit && nftCommands(edit, mark)).toEqual([{ insert: { rule: accept } }]);
});

test('an accept in the wrong place is put where it belongs', () => {
  const ours = (direction: string) => `-A FORWARD ${direction} bgr+ -m comment --comment "${comment}" -j ACCEPT`;
  const right = [':FORWARD DROP', '-A FORWARD -d 10.1.0.0/16 -j DROP', ours('-i'), ours('-o')];
  const onlyGuest = { ...full, natRules: [] };
  expect(edits(saved(...right), onlyGuest)).toEqual([]);
  const [edit] = edits(saved(':FORWARD DROP', ours('-i'), '-A FORWARD -d 10.1.0.0/16 -j DROP', ours('-o')), onlyGuest);
  expect(edit?.remove).toHaveLength(2);
  expect(edit?.insert.map(({ index }) => index)).toEqual([1, 2]);
});

test('the table of another banger is none of ours to open, and its accepts are not ours to remove', () => {
  const table = { family: 'inet', table: 'banger2' };
  const chains = ['prerouting', 'input'].map((hook) => ({
    chain: { ...table, name: hook, type: 'filter', hook, policy: 'accept' },
  }));
  const first = { ...table, chain: 'prerouting', handle: 1, comment: 'banger:ffffffffffff', expr: [{ accept: null }] };
  const last = { ...table, chain: 'input', handle: 2, expr: [{ drop: null }] };
  const nftables = [...chains, { rule: first }, { rule: last }];
  expect(edits(parseNftListing({ nftables } as never))).toEqual([]);
  const theirs = '-A FORWARD -i oth+ -m comment --comment "banger:ffffffffffff" -j ACCEPT';
  expect(edits(saved(':FORWARD ACCEPT', theirs), empty)).toEqual([]);
});

/** Whatever rules others have: once made, nothing is left to do, and taken back, everything is as it was. */
test('edits are done when they are made, and leave nothing when they are taken back', async () => {
  const target = fc.constantFrom('ACCEPT', 'DROP', 'RETURN', 'LOG', 'a', 'b');
  const condition = fc.constantFrom('', '-i lan0 ', '-i bgr10 ', '-p tcp ', '-d 10.0.0.0/8 ', '-m limit --limit 1/s ');
  const chain = fc.constantFrom('INPUT', 'FORWARD', 'DOCKER-USER', 'a', 'b');
  const rule = fc.tuple(chain, condition, target).map(([name, asks, to]) => `-A ${name} ${asks}-j ${to}`);
  const policy = fc.constantFrom('ACCEPT', 'DROP');
  const scenario = fc.asyncProperty(
    policy,
    policy,
    fc.array(rule, { maxLength: 12 }),
    async (input, forward, rules) => {
      const others = new FakeOtherFirewalls(mark);
      others.set(saved(`:INPUT ${input}`, `:FORWARD ${forward}`, ':DOCKER-USER -', ':a -', ':b -', ...rules));
      const before = `${others}`;
      for (const state of [full, empty]) {
        for (const edit of edits(await others.chains(), state)) await others.change(edit);
        expect(edits(await others.chains(), state)).toEqual([]);
      }
      expect(`${others}`).toBe(before);
    },
  );
  const twice = ['-A FORWARD -j a', '-A FORWARD -j RETURN', '-A FORWARD -j a'];
  await fc.assert(scenario, { numRuns: 500, examples: [['ACCEPT', 'DROP', twice]] });
});
