import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { addressPool, macOf, tapName } from './address-pool.js';
import type { Attachment, NetworkState } from './attachment.js';
import { changeElements, removeTable, replaceTable } from './firewall.js';
import { formatIpv4 } from './ipv4.js';
import type { NetworkSettings } from './settings.js';

const settings: NetworkSettings = {
  mark: '0123456789ab',
  pool: addressPool('10.77.0.0/16'),
  tapPrefix: 'bgr',
  table: 'banger',
  dnsPort: 42069,
};

function attachment(offset: number, nat: boolean): Attachment {
  const { pool, tapPrefix } = settings;
  const address = pool.first + offset;
  return {
    vmUid: `vm-${offset}`,
    vmName: `vm-${offset}`,
    ownerUid: 0,
    nat,
    address: formatIpv4(address),
    mac: macOf(address),
    tap: tapName(pool, tapPrefix, address),
  };
}

const states: fc.Arbitrary<NetworkState> = fc.record({
  attachments: fc
    .uniqueArray(fc.tuple(fc.nat(6), fc.boolean()), { selector: ([offset]) => offset })
    .map((list) => list.map(([offset, nat]) => attachment(offset, nat))),
  natRules: fc
    .uniqueArray(fc.nat(3))
    .map((list) => list.map((n) => ({ address: `172.16.0.${n + 2}`, link: `veth${n}` }))),
});

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
  fc.assert(fc.property(states, (state) => changeElements(settings, state, state).length === 0));
});

test('the rules do not grow with the guests', () => {
  fc.assert(
    fc.property(states, (state) => {
      const rules = (from: NetworkState) =>
        JSON.stringify(replaceTable(settings, from).filter((command) => 'add' in command && 'rule' in command.add));
      expect(rules(state)).toBe(rules({ attachments: [], natRules: [] }));
    }),
  );
});

test('one VM more is two elements, its NAT a third', () => {
  const [off, on] = [attachment(0, false), attachment(0, true)];
  const state = (...attachments: Attachment[]) => ({ attachments, natRules: [] });
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
