import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatIpv4 } from '../../../lib/ip/ipv4.js';
import { canonicalPolicy, domainsOf, emptyPolicy, type NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { addressPool, macOf, tapName } from './address-pool.js';
import type { Attachment, NetworkState, ResolvedAddress } from './attachment.js';
import { changeElements, removeTable, replaceTable } from './firewall.js';
import type { NetworkSettings } from './settings.js';

const settings: NetworkSettings = {
  mark: '0123456789ab',
  pool: addressPool('10.77.0.0/16'),
  tapPrefix: 'bgr',
  table: 'banger',
  dnsPort: 42069,
};

function attachment(offset: number, nat: boolean, policy = emptyPolicy): Attachment {
  const { pool, tapPrefix } = settings;
  const address = pool.first + offset;
  return {
    vmUid: `vm-${offset}`,
    vmName: `vm-${offset}`,
    ownerUid: 0,
    nat,
    address: formatIpv4(address),
    policy,
    mac: macOf(address),
    tap: tapName(pool, tapPrefix, address),
  };
}

const domains = ['example.org', '*.example.org'];
const policies: fc.Arbitrary<NetworkPolicy> = fc
  .record({
    allowFrom: fc.uniqueArray(fc.constantFrom('vm-0', 'vm-1', 'all', '10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0')),
    egress: fc.array(
      fc.record({
        action: fc.constantFrom('allow' as const, 'deny' as const),
        destination: fc.constantFrom('all', '192.0.2.0/24', '192.0.2.1', ...domains),
        port: fc.constantFrom(0, 443),
        protocol: fc.constantFrom('any' as const, 'tcp' as const),
      }),
      { maxLength: 3 },
    ),
    publishedPorts: fc.uniqueArray(
      fc.record({
        hostAddress: fc.constantFrom('', '127.0.0.1'),
        hostPort: fc.constant(80),
        guestPort: fc.constantFrom(80, 8080),
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      }),
      { selector: ({ protocol }) => protocol },
    ),
  })
  .map(canonicalPolicy);

interface GuestPlan {
  readonly offset: number;
  readonly nat: boolean;
  readonly policy: NetworkPolicy;
  /** When the addresses that were resolved for each domain expire. */
  readonly expires: readonly number[];
}

/** Each guest publishes at ports of its own, as netd sees to. */
function planned({ offset, nat, policy }: GuestPlan): Attachment {
  const publishedPorts = policy.publishedPorts.map((port) => ({ ...port, hostPort: port.hostPort + offset }));
  return attachment(offset, nat, { ...policy, publishedPorts });
}

function resolvedOf({ offset, policy, expires }: GuestPlan): ResolvedAddress[] {
  return domainsOf(policy).flatMap((domain) =>
    expires.map((time, i) => ({ vmUid: `vm-${offset}`, domain, address: `192.0.2.${i}`, expires: time })),
  );
}

const states: fc.Arbitrary<NetworkState> = fc
  .record({
    plans: fc.uniqueArray(
      fc.record({
        offset: fc.nat(6),
        nat: fc.boolean(),
        policy: policies,
        expires: fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 2 }),
      }),
      { selector: ({ offset }) => offset },
    ),
    scripts: fc.uniqueArray(fc.nat(3)),
    asOf: fc.integer({ min: 0, max: 10_000 }),
  })
  .map(({ plans, scripts, asOf }) => ({
    attachments: plans.map(planned),
    natRules: scripts.map((n) => ({ address: `172.16.0.${n + 2}`, link: `veth${n}` })),
    resolved: plans.flatMap(resolvedOf),
    asOf,
  }));

const nothing: NetworkState = { attachments: [], natRules: [], resolved: [], asOf: 0 };

async function kernelWith(...transactions: ReturnType<typeof replaceTable>[]): Promise<string> {
  const kernel = new FakeKernel();
  for (const commands of transactions) if (commands.length > 0) await kernel.firewall.run(commands);
  return kernel.toString();
}

test('changing the elements from any state to any other gives the table of the other', async () => {
  await fc.assert(
    fc.asyncProperty(states, states, async (before, after) => {
      const changed = await kernelWith(replaceTable(settings, before), changeElements(settings, before, after));
      expect(changed).toBe(await kernelWith(replaceTable(settings, after)));
    }),
  );
});

test('replacing a table forgets whatever was in it', async () => {
  await fc.assert(
    fc.asyncProperty(states, states, async (before, after) => {
      const replaced = await kernelWith(replaceTable(settings, before), replaceTable(settings, after));
      expect(replaced).toBe(await kernelWith(replaceTable(settings, after)));
    }),
  );
});

test('a state that stays needs no command', () => {
  fc.assert(
    fc.property(states, fc.nat(1000), (state, later) => {
      // Nothing expires in between.
      const alive = state.resolved.filter(({ expires }) => expires > state.asOf + later);
      const before = { ...state, resolved: alive };
      return changeElements(settings, before, { ...before, asOf: state.asOf + later }).length === 0;
    }),
  );
});

test('the rules do not grow with the guests, but for those that have egress rules', () => {
  fc.assert(
    fc.property(states, (state) => {
      const rules = (from: NetworkState) =>
        replaceTable(settings, from).flatMap((command) => {
          const { rule } = ('add' in command ? command.add : {}) as { rule?: { chain: string } };
          return rule ? [rule] : [];
        });
      const own = state.attachments.filter(({ policy }) => policy.egress.length > 0).map(({ tap }) => `egress_${tap}`);
      const common = rules(state).filter(({ chain }) => !own.includes(chain));
      expect(common).toEqual(rules(nothing));
    }),
  );
});

test('one VM more is two elements, its NAT a third', () => {
  const [off, on] = [attachment(0, false), attachment(0, true)];
  const state = (...attachments: Attachment[]) => ({ ...nothing, attachments });
  expect(changeElements(settings, state(), state(off))).toEqual([
    { add: { element: { family: 'inet', table: 'banger', name: 'taps', elem: ['bgr10'] } } },
    {
      add: {
        element: {
          family: 'inet',
          table: 'banger',
          name: 'guests',
          elem: [{ concat: ['bgr10', '02:ba:0a:4d:00:0a', '10.77.0.10'] }],
        },
      },
    },
  ]);
  expect(changeElements(settings, state(off), state(on))).toEqual([
    {
      add: {
        element: { family: 'inet', table: 'banger', name: 'nat', elem: [{ concat: ['bgr10', '10.77.0.10'] }] },
      },
    },
  ]);
});

test('removing the table works without one', async () => {
  expect(await kernelWith(removeTable(settings))).toBe(new FakeKernel().toString());
});
