import type { PublishedPort } from '../../../lib/network-policy/policy.js';
import type { Attachment, NatRule, NetworkState, ResolvedAddress } from '../domain/attachment.js';
import type { StandingLines } from '../domain/drift.js';
import type { FoundAddress, FoundLink, FoundRoute } from '../domain/links.js';
import type { NftCommand } from '../domain/nft.js';
import type { Edit } from '../domain/others/edits.js';
import type { Chain } from '../domain/others/ruleset.js';
import type { FixedSettings } from '../domain/settings.js';

/** What the use cases need of the world. */

/** Interfaces, addresses, routes and neighbours of the host. */
export interface Links {
  /** What stands under a name, or undefined. */
  find(name: string): Promise<FoundLink | undefined>;
  /** Every interface of the host. */
  list(): Promise<FoundLink[]>;
  /** Every address of the host. */
  addresses(): Promise<FoundAddress[]>;
  /** Every route of every table that leads somewhere, but for those of the default. */
  routes(): Promise<FoundRoute[]>;
  /** All that stands, as the lines that would make it. */
  standing(): Promise<Standing>;
  /** Removes a tap, unless a process has it open; returns whether it did. The kernel decides, so nothing gets between. */
  removeTapUnlessOpen(name: string): Promise<boolean>;
  /** Runs lines as one `ip -batch`. It stops at the first that fails, and what came before stands. */
  run(lines: readonly string[]): Promise<void>;
}

export interface Standing {
  readonly lines: StandingLines;
  /** Every interface. */
  readonly names: ReadonlySet<string>;
  /** Taps that a process has open. */
  readonly open: ReadonlySet<string>;
}

/** nftables. */
export interface Firewall {
  /** Runs commands as one transaction: all or nothing. */
  run(commands: readonly NftCommand[]): Promise<void>;
  /** What stands under the name of our table. */
  findTable(name: string): Promise<FoundTable | undefined>;
}

export interface FoundTable {
  /** Those of its rules tell whose it is. */
  readonly comments: readonly string[];
  /** The same text as long as nobody changes it. */
  readonly digest: string;
}

/** The packet filters of other programs, and of people. */
export interface OtherFirewalls {
  /** Every chain of this host that may drop packets, ours among them. */
  chains(): Promise<Chain[]>;
  /** Changes one chain in one transaction; fails when the chain is no longer as it was. */
  change(edit: Edit): Promise<void>;
}

/** Tells that somebody, us included, has changed something on the host. What tells it may be late, or fail to. */
export interface HostChanges {
  /** Calls back after each change that may concern us, until stopped. */
  watch(onChange: () => void): { stop(): void };
}

/** Connections that the kernel keeps track of. */
export interface Connections {
  /** Forgets all in which a guest's address takes part, on either side, so that they end with it. */
  forget(address: string): Promise<void>;
}

/** A kernel parameter: its path under /proc/sys, such as "net/ipv4/ip_forward", and its value. */
export interface Sysctl {
  readonly path: string;
  readonly value: string;
}

/** Which of the two a forwarding is of. */
export type Protocol = 'ipv4' | 'ipv6';

/** The kernel parameters that decide whether the host passes packets on. */
export interface Forwarding {
  isOn(): Promise<boolean>;
  turnOn(): Promise<void>;
  /** Everything that turning it on changes, as it is now; the switch itself comes first. */
  snapshot(): Promise<Sysctl[]>;
  /** Sets parameters back, in order. Those of interfaces that are gone are left out. */
  restore(values: readonly Sysctl[]): Promise<void>;
  /** Tells one boot from the next, for the kernel forgets its parameters in between. */
  bootId(): Promise<string>;
  /** Whether packets with addresses of the loopback are taken over an interface; nothing where it is gone. */
  setLoopback(link: string, on: boolean): Promise<void>;
}

/** The ports that programs of the host listen at. */
export interface HostPorts {
  /** Whether a port could be listened at now; `no-address` where the host does not have the address. */
  look(port: PublishedPort): Promise<'free' | 'taken' | 'no-address'>;
}

/** The same of IPv6. */
export type Ipv6Forwarding = Pick<Forwarding, 'isOn' | 'turnOn' | 'snapshot' | 'restore'>;

/**
 * The durable truth. It is written before the host is changed for something new, and forgets only after the host has:
 * whatever stands on the host stands here too, so that a crash leaves nothing behind that the next start cannot mend.
 */
export interface NetworkStore {
  state(): NetworkState;
  attachment(vmUid: string): Attachment | undefined;
  /** Adds or changes one; a new one's address is remembered as the last given, unless it is given by request only. */
  /**
   * Adds or changes one; a new one's address is remembered as the last given. What was resolved for domains that its policy
   * no longer has is forgotten.
   */
  saveAttachment(attachment: Attachment): void;
  deleteAttachment(vmUid: string): void;
  lastGivenAddress(): number | undefined;
  saveNatRule(rule: NatRule): void;
  deleteNatRule(rule: NatRule): void;
  /** Adds them, or changes when they expire; forgets the first to expire of a domain that has too many. */
  saveResolved(addresses: readonly ResolvedAddress[]): void;
  /** How the kernel parameters of a protocol were before us, and in which boot that was. */
  remembered(protocol: Protocol): { readonly bootId: string; readonly values: readonly Sysctl[] } | undefined;
  remember(protocol: Protocol, bootId: string, values: readonly Sysctl[]): void;
  forgetRemembered(protocol: Protocol): void;
  fixedSettings(): FixedSettings | undefined;
  saveFixedSettings(settings: FixedSettings): void;
}
