import { type NetworkState, natSources } from './attachment.js';
import { chains } from './firewall-rules.js';
import type { NetworkSettings } from './settings.js';

/**
 * The nftables table, as the JSON commands of libnftables-json(5). The rules are the same whatever VMs there are: who
 * they are stands in three sets, so that a packet costs the same with one VM and with a thousand, and a change is a few
 * elements.
 */
export type NftCommand = { readonly add: object } | { readonly delete: object };

/** An element of a set: one value, or a concatenation of several. */
type Element = string | { readonly concat: readonly string[] };

interface NamedSet {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly elements: (state: NetworkState) => Element[];
}

const sets: readonly NamedSet[] = [
  {
    // The taps of VMs: what comes from here is judged, nothing else is.
    name: 'taps',
    type: 'ifname',
    elements: ({ attachments }) => attachments.map(({ tap }) => tap),
  },
  {
    // The only source that each tap may send from.
    name: 'guests',
    type: ['ifname', 'ether_addr', 'ipv4_addr'],
    elements: ({ attachments }) => attachments.map(({ tap, mac, address }) => ({ concat: [tap, mac, address] })),
  },
  {
    // Who reaches other networks.
    name: 'nat',
    type: ['ifname', 'ipv4_addr'],
    elements: (state) => natSources(state).map(({ link, address }) => ({ concat: [link, address] })),
  },
];

/** The mark of a table stands in the comment of its first rule: nft before 1.0.8 drops a table's own in JSON. */
export function tableComment(mark: string): string {
  return `banger:${mark}`;
}

/** Makes the table be exactly right, whatever it was. One transaction: packets meet the old table or the new. */
export function replaceTable(settings: NetworkSettings, state: NetworkState): NftCommand[] {
  const table = settings.table;
  return [
    ...removeTable(settings),
    { add: { table: { family: 'inet', name: table } } },
    ...sets.map(({ name, type, elements }) => {
      const elem = elements(state);
      return { add: { set: { family: 'inet', table, name, type, ...(elem.length > 0 && { elem }) } } };
    }),
    ...chains(settings, tableComment(settings.mark)).flatMap(({ rules, ...chain }) => [
      { add: { chain: { family: 'inet', table, ...chain } } },
      ...rules.map((rule) => ({ add: { rule: { family: 'inet', table, chain: chain.name, ...rule } } })),
    ]),
  ];
}

/** Removes the table; adding it first makes that work when there is none. */
export function removeTable(settings: NetworkSettings): NftCommand[] {
  const table = { family: 'inet', name: settings.table };
  return [{ add: { table } }, { delete: { table } }];
}

/** The least that turns the table of one state into that of another. */
export function changeElements(settings: NetworkSettings, before: NetworkState, after: NetworkState): NftCommand[] {
  return sets.flatMap(({ name, elements }) => {
    const [old, wanted] = [elements(before), elements(after)];
    const element = (elem: Element[]) => ({ element: { family: 'inet', table: settings.table, name, elem } });
    const [gone, added] = [missingFrom(wanted, old), missingFrom(old, wanted)];
    return [
      ...(gone.length > 0 ? [{ delete: element(gone) }] : []),
      ...(added.length > 0 ? [{ add: element(added) }] : []),
    ];
  });
}

function missingFrom(list: readonly Element[], candidates: readonly Element[]): Element[] {
  const known = new Set(list.map((element) => JSON.stringify(element)));
  return candidates.filter((element) => !known.has(JSON.stringify(element)));
}
