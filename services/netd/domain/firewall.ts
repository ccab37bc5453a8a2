import { allowSets } from './allow.js';
import { ipv6NatSources, type NetworkState, natSources } from './attachment.js';
import { type EgressChain, egressChains, egressMap } from './egress.js';
import { families } from './family.js';
import { cardSet } from './firewall-ipv6.js';
import { chains } from './firewall-rules.js';
import type { NamedSet } from './named-set.js';
import type { Element, NftCommand, SetType } from './nft.js';
import { hairpinSet, publishSets } from './publish.js';
import type { NetworkSettings } from './settings.js';

/**
 * The nftables table, as the JSON commands of libnftables-json(5). The rules are the same whatever VMs there are: who
 * they are stands in sets and maps, so that a packet costs the same with one VM and with a thousand, and a change is a few
 * elements. Only a VM with egress rules has a chain of its own, which only its packets meet.
 */

const natOf = { 4: natSources, 6: ipv6NatSources };

const sets: readonly NamedSet[] = [
  {
    // The taps of VMs: what comes from here is judged, nothing else is.
    name: 'taps',
    type: 'ifname',
    elements: ({ attachments }) => attachments.map(({ tap }) => tap),
  },
  ...families.flatMap(({ version, type, named, addressOf }): NamedSet[] => [
    {
      // The only source that each tap may send from.
      name: named('guests'),
      type: ['ifname', 'ether_addr', type],
      elements: ({ attachments }) =>
        attachments.flatMap((attachment) => {
          const address = addressOf(attachment);
          return address === undefined ? [] : [{ concat: [attachment.tap, attachment.mac, address] }];
        }),
    },
    {
      // Who reaches other networks.
      name: named('nat'),
      type: ['ifname', type],
      elements: (state) => natOf[version](state).map(({ link, address }) => ({ concat: [link, address] })),
    },
  ]),
  cardSet,
  ...allowSets,
  ...publishSets,
  hairpinSet,
  egressMap,
];

/** The mark of a table stands in the comment of its first rule: nft before 1.0.8 drops a table's own in JSON. */
export function tableComment(mark: string): string {
  return `banger:${mark}`;
}

/** Makes the table be exactly right, whatever it was. One transaction: packets meet the old table or the new. */
export function replaceTable(settings: NetworkSettings, state: NetworkState): NftCommand[] {
  const nft = commandsFor(settings.table);
  const [base, egress] = [chains(settings, tableComment(settings.mark)), egressChains(state)];
  return [
    ...removeTable(settings),
    { add: { table: { family: 'inet', name: settings.table } } },
    // A map may lead to a chain, and a rule to both.
    ...egress.map(({ chain }) => nft.add('chain', { name: chain })),
    ...base.map(({ name, at }) => nft.add('chain', { name, ...at })),
    ...sets.map(({ elements, crossing: _, ...set }) => nft.addSet(set, elements(state))),
    ...egress.flatMap(nft.fill),
    ...base.flatMap(({ name, rules }) => rules.map((rule) => nft.add('rule', { chain: name, ...rule }))),
  ];
}

/** Removes the table; adding it first makes that work when there is none. */
export function removeTable(settings: NetworkSettings): NftCommand[] {
  const table = { family: 'inet', name: settings.table };
  return [{ add: { table } }, { delete: { table } }];
}

/** The least that turns the table of one state into that of another. */
export function changeElements(settings: NetworkSettings, before: NetworkState, after: NetworkState): NftCommand[] {
  const nft = commandsFor(settings.table);
  const [old, wanted] = withoutCommon(before, after);
  const changes = sets.map(({ name, elements, crossing }) => {
    const [from, to] = crossing ? [before, after] : [old, wanted];
    return { name, ...difference(elements(from), elements(to)) };
  });
  // What is left of a time-out is told apart by when it ends, not by when one looks.
  const egress = changedEgress(egressChains({ ...before, asOf: after.asOf }), egressChains(after));
  return [
    ...changes.flatMap(({ name, gone }) => nft.deleteElements(name, gone)),
    ...egress.gone.flatMap((old) => [...nft.empty(old), nft.delete('chain', { name: old.chain })]),
    ...egress.changed.flatMap(([old, wanted]) => [...nft.empty(old), ...nft.fill(wanted)]),
    ...egress.added.flatMap((wanted) => [nft.add('chain', { name: wanted.chain }), ...nft.fill(wanted)]),
    ...egress.kept.flatMap(([old, wanted]) =>
      wanted.sets.flatMap((set, i) => nft.renew(set, old.sets[i]?.elements ?? [])),
    ),
    ...changes.flatMap(({ name, added }) => nft.addElements(name, added)),
  ];
}

/** Two states without the attachments that both have: what does not change costs nothing, however many VMs there are. */
function withoutCommon(before: NetworkState, after: NetworkState): [NetworkState, NetworkState] {
  const rest = (state: NetworkState, other: NetworkState): NetworkState => {
    const common = new Set(other.attachments);
    return { ...state, attachments: state.attachments.filter((attachment) => !common.has(attachment)) };
  };
  return [rest(before, after), rest(after, before)];
}

/** The commands about what is in a table. */
function commandsFor(table: string) {
  const inTable = (what: object) => ({ family: 'inet', table, ...what });
  const add = (kind: string, what: object): NftCommand => ({ add: { [kind]: inTable(what) } });
  const remove = (kind: string, what: object): NftCommand => ({ delete: { [kind]: inTable(what) } });
  const addSet = (set: SetType, elem: readonly Element[]) =>
    add(set.map === undefined ? 'set' : 'map', { ...set, ...(elem.length > 0 && { elem }) });
  const addElements = (name: string, elem: readonly Element[]) =>
    elem.length > 0 ? [add('element', { name, elem })] : [];
  const deleteElements = (name: string, elem: readonly Element[]) =>
    elem.length > 0 ? [remove('element', { name, elem })] : [];
  return {
    add,
    delete: remove,
    addSet,
    addElements,
    deleteElements,
    /** What a chain is made of, beside itself. */
    fill: ({ chain, sets, rules }: EgressChain): NftCommand[] => [
      ...sets.map(({ elements, ...set }) => addSet(set, elements)),
      ...rules.map((rule) => add('rule', { chain, ...rule })),
    ],
    empty: ({ chain, sets }: EgressChain): NftCommand[] => [
      { flush: { chain: inTable({ name: chain }) } },
      ...sets.map(({ name }) => remove('set', { name })),
    ],
    renew: ({ name, elements }: EgressChain['sets'][number], old: readonly Element[]): NftCommand[] => {
      const { gone, added } = difference(old, elements);
      // What expires may have done so, or have another time to go: added once more, it is surely there to be removed.
      return [...addElements(name, gone), ...deleteElements(name, gone.map(keyOf)), ...addElements(name, added)];
    },
  };
}

type Pair = readonly [old: EgressChain, wanted: EgressChain];

/** Which guests' chains come, go, change, and stay with other elements in their sets. */
function changedEgress(before: readonly EgressChain[], after: readonly EgressChain[]) {
  const old = new Map(before.map((one) => [one.chain, one]));
  const wanted = new Set(after.map(({ chain }) => chain));
  const pairs = after.flatMap((one): Pair[] => {
    const former = old.get(one.chain);
    return former ? [[former, one]] : [];
  });
  return {
    gone: before.filter(({ chain }) => !wanted.has(chain)),
    added: after.filter(({ chain }) => !old.has(chain)),
    changed: pairs.filter(([former, one]) => shapeOf(former) !== shapeOf(one)),
    kept: pairs.filter(([former, one]) => shapeOf(former) === shapeOf(one)),
  };
}

function shapeOf({ rules, sets }: EgressChain): string {
  return JSON.stringify([rules, sets.map(({ elements: _, ...set }) => set)]);
}

function difference(before: readonly Element[], after: readonly Element[]): { gone: Element[]; added: Element[] } {
  return { gone: missingFrom(after, before), added: missingFrom(before, after) };
}

function missingFrom(list: readonly Element[], candidates: readonly Element[]): Element[] {
  const known = new Set(list.map((element) => JSON.stringify(element)));
  return candidates.filter((element) => !known.has(JSON.stringify(element)));
}

/** Without the time that it has. */
function keyOf(element: Element): Element {
  return typeof element === 'object' && 'elem' in element ? element.elem.val : element;
}
