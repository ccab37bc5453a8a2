import { type Happenings, untold } from '../../../lib/events/happenings.js';
import { formatIpv4, parseIpv4 } from '../../../lib/ip/ipv4.js';
import { domainsOf, type NetworkPolicy } from '../../../lib/network-policy/policy.js';
import type { Database } from '../../../lib/store/database.js';
import type { NetworkStore, Protocol, Sysctl } from '../app/ports.js';
import { isGiven, tapName } from '../domain/address-pool.js';
import type { Attachment, NatRule, ResolvedAddress } from '../domain/attachment.js';
import { happeningOf } from '../domain/attachment-events.js';
import { type FixedSettings, ipv6Of, type NetworkSettings } from '../domain/settings.js';

interface AttachmentRow {
  readonly vm_uid: string;
  readonly vm_name: string;
  readonly address: number;
  readonly mac: string;
  readonly owner_uid: number;
  readonly nat: number;
  readonly policy: string;
}

/** How many addresses of one domain are remembered for a guest: a bound for domains that never end naming new ones. */
const maxResolved = 512;

export function createNetworkStore(
  database: Database,
  settings: NetworkSettings,
  now = Date.now,
  events: Happenings = untold,
): NetworkStore {
  /** A change of an attachment, with what is told of it, or neither. */
  const changing = (vmUid: string, change: () => void) => {
    const before = attachments.find(vmUid);
    database.transaction(() => {
      change();
      const happening = happeningOf(before, attachments.stored(vmUid));
      events.acceptVerb();
      if (happening) events.record(happening);
    });
    attachments.changed(vmUid);
  };
  /** A change that only its verb tells of. */
  const accepting = (sql: string, ...values: string[]) =>
    database.transaction(() => {
      database.run(sql, ...values);
      events.acceptVerb();
    });
  const attachments = heldAttachments(database, settings);
  return {
    state: () => ({
      attachments: attachments.all(),
      natRules: database.all<NatRule>('SELECT address, link FROM nat_rule ORDER BY address, link'),
      resolved: database.all<ResolvedAddress>(
        'SELECT vm_uid AS vmUid, domain, address, expires FROM resolved_address ORDER BY vm_uid, domain, address',
      ),
      asOf: now(),
    }),
    attachment: attachments.find,
    saveAttachment(attachment) {
      changing(attachment.vmUid, () => saveAttachment(database, settings, attachment));
    },
    deleteAttachment(vmUid) {
      changing(vmUid, () => database.run('DELETE FROM attachment WHERE vm_uid = ?', vmUid));
    },
    lastGivenAddress: () =>
      database.get<{ last_given: number | null }>('SELECT last_given FROM network')?.last_given ?? undefined,
    saveNatRule({ address, link }) {
      accepting('INSERT INTO nat_rule VALUES (?, ?) ON CONFLICT DO NOTHING', address, link);
    },
    deleteNatRule({ address, link }) {
      accepting('DELETE FROM nat_rule WHERE address = ? AND link = ?', address, link);
    },
    saveResolved: (addresses) => saveResolved(database, addresses),
    remembered: (protocol) => remembered(database, protocol),
    remember: (...what) => remember(database, ...what),
    forgetRemembered: (protocol) => void database.run('DELETE FROM remembered_sysctl WHERE protocol = ?', protocol),
    fixedSettings: () =>
      database.get<FixedSettings>(
        'SELECT ipv4_pool AS ipv4Pool, tap_prefix AS tapPrefix, nft_table AS nftTable, ipv6_pool AS ipv6Pool FROM network',
      ),
    saveFixedSettings: (fixed) => saveFixedSettings(database, fixed),
  };
}

/**
 * The attachments as they stand in the database, of which this store is the only writer. One that has not changed stays
 * the same object, so that states can be compared quickly.
 */
function heldAttachments(database: Database, settings: NetworkSettings) {
  const toAttachment = (row: AttachmentRow) => attachmentOf(row, settings);
  let held = database.all<AttachmentRow>('SELECT * FROM attachment ORDER BY address').map(toAttachment);
  return {
    all: (): readonly Attachment[] => held,
    find: (vmUid: string) => held.find((attachment) => attachment.vmUid === vmUid),
    /** As the database has it, also in the middle of a transaction. */
    stored(vmUid: string): Attachment | undefined {
      const row = database.get<AttachmentRow>('SELECT * FROM attachment WHERE vm_uid = ?', vmUid);
      return row && toAttachment(row);
    },
    /** Reads one again, after a write. */
    changed(vmUid: string): void {
      const others = held.filter((attachment) => attachment.vmUid !== vmUid);
      const row = database.get<AttachmentRow>('SELECT * FROM attachment WHERE vm_uid = ?', vmUid);
      const at = row ? others.findIndex(({ address }) => (parseIpv4(address) ?? 0) > row.address) : -1;
      held = row ? others.toSpliced(at < 0 ? others.length : at, 0, toAttachment(row)) : others;
    },
  };
}

function attachmentOf(row: AttachmentRow, settings: NetworkSettings): Attachment {
  const { pool, tapPrefix } = settings;
  const address = formatIpv4(row.address);
  const address6 = ipv6Of(settings, address);
  return {
    vmUid: row.vm_uid,
    vmName: row.vm_name,
    address,
    ...(address6 !== undefined && { address6 }),
    mac: row.mac,
    tap: tapName(pool, tapPrefix, row.address),
    ownerUid: row.owner_uid,
    nat: row.nat === 1,
    policy: JSON.parse(row.policy) as NetworkPolicy,
  };
}

function saveAttachment(database: Database, { pool }: NetworkSettings, attachment: Attachment): void {
  const { vmUid, vmName, ownerUid, nat, mac, policy } = attachment;
  const address = parseIpv4(attachment.address);
  if (address === undefined) throw new TypeError(`saveAttachment: ${attachment.address} is no address`);
  database.transaction(() => {
    forgetResolved(database, vmUid, domainsOf(policy));
    const values = [vmName, ownerUid, Number(nat), JSON.stringify(policy), vmUid];
    const update = 'UPDATE attachment SET vm_name = ?, owner_uid = ?, nat = ?, policy = ? WHERE vm_uid = ?';
    if (database.run(update, ...values) > 0) return;
    database.run(
      'INSERT INTO attachment (vm_name, owner_uid, nat, policy, vm_uid, address, mac) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...values,
      address,
      mac,
    );
    if (isGiven(pool, address)) database.run('UPDATE network SET last_given = ?', address);
  });
}

/** What no rule is about any more. */
function forgetResolved(database: Database, vmUid: string, domains: readonly string[]): void {
  const sql = 'DELETE FROM resolved_address WHERE vm_uid = ? AND domain NOT IN (SELECT value FROM json_each(?))';
  database.run(sql, vmUid, JSON.stringify(domains));
}

function saveResolved(database: Database, addresses: readonly ResolvedAddress[]): void {
  database.transaction(() => {
    for (const { vmUid, domain, address, expires } of addresses) {
      const save = `INSERT INTO resolved_address (vm_uid, domain, address, expires) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET expires = excluded.expires`;
      database.run(save, vmUid, domain, address, expires);
      const trim = `DELETE FROM resolved_address WHERE vm_uid = ? AND domain = ? AND address NOT IN (
        SELECT address FROM resolved_address WHERE vm_uid = ? AND domain = ? ORDER BY expires DESC LIMIT ?)`;
      database.run(trim, vmUid, domain, vmUid, domain, maxResolved);
    }
  });
}

function remembered(database: Database, protocol: Protocol): ReturnType<NetworkStore['remembered']> {
  const sql = 'SELECT boot_id, path, value FROM remembered_sysctl WHERE protocol = ? ORDER BY position';
  const rows = database.all<Sysctl & { boot_id: string }>(sql, protocol);
  const [first] = rows;
  return first && { bootId: first.boot_id, values: rows.map(({ path, value }) => ({ path, value })) };
}

function remember(database: Database, protocol: Protocol, bootId: string, values: readonly Sysctl[]): void {
  const sql = 'INSERT INTO remembered_sysctl (protocol, position, boot_id, path, value) VALUES (?, ?, ?, ?, ?)';
  database.transaction(() => {
    for (const [position, { path, value }] of values.entries()) {
      database.run(sql, protocol, position, bootId, path, value);
    }
  });
}

function saveFixedSettings(database: Database, { ipv4Pool, tapPrefix, nftTable, ipv6Pool }: FixedSettings): void {
  database.run(
    `INSERT INTO network (id, ipv4_pool, tap_prefix, nft_table, ipv6_pool) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ipv4_pool = excluded.ipv4_pool, tap_prefix = excluded.tap_prefix,
       nft_table = excluded.nft_table, ipv6_pool = excluded.ipv6_pool`,
    ipv4Pool,
    tapPrefix,
    nftTable,
    ipv6Pool,
  );
}

/** The IPv6 pool of this host's own: what was made once stays, whatever it was made of has become. */
export function ownIpv6Pool(database: Database, make: () => string): string {
  database.run('INSERT INTO own_ipv6_pool (id, prefix) VALUES (1, ?) ON CONFLICT DO NOTHING', make());
  return database.get<{ prefix: string }>('SELECT prefix FROM own_ipv6_pool')?.prefix ?? make();
}
