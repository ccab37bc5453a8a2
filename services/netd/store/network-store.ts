import type { Database } from '../../../lib/store/database.js';
import type { NetworkStore, Sysctl } from '../app/ports.js';
import { isGiven, tapName } from '../domain/address-pool.js';
import type { Attachment, NatRule } from '../domain/attachment.js';
import { formatIpv4, parseIpv4 } from '../domain/ipv4.js';
import type { FixedSettings, NetworkSettings } from '../domain/settings.js';

interface AttachmentRow {
  readonly vm_uid: string;
  readonly vm_name: string;
  readonly address: number;
  readonly mac: string;
  readonly owner_uid: number;
  readonly nat: number;
}

export function createNetworkStore(database: Database, settings: NetworkSettings): NetworkStore {
  const toAttachment = (row: AttachmentRow) => attachmentOf(row, settings);
  return {
    state: () => ({
      attachments: database.all<AttachmentRow>('SELECT * FROM attachment ORDER BY address').map(toAttachment),
      natRules: database.all<NatRule>('SELECT address, link FROM nat_rule ORDER BY address, link'),
    }),
    attachment(vmUid) {
      const row = database.get<AttachmentRow>('SELECT * FROM attachment WHERE vm_uid = ?', vmUid);
      return row && toAttachment(row);
    },
    saveAttachment: (attachment) => saveAttachment(database, settings, attachment),
    deleteAttachment: (vmUid) => void database.run('DELETE FROM attachment WHERE vm_uid = ?', vmUid),
    lastGivenAddress: () =>
      database.get<{ last_given: number | null }>('SELECT last_given FROM network')?.last_given ?? undefined,
    saveNatRule({ address, link }) {
      database.run('INSERT INTO nat_rule VALUES (?, ?) ON CONFLICT DO NOTHING', address, link);
    },
    deleteNatRule({ address, link }) {
      database.run('DELETE FROM nat_rule WHERE address = ? AND link = ?', address, link);
    },
    remembered: () => remembered(database),
    remember: (bootId, values) => remember(database, bootId, values),
    forgetRemembered: () => void database.run('DELETE FROM remembered_sysctl'),
    fixedSettings: () =>
      database.get<FixedSettings>(
        'SELECT ipv4_pool AS ipv4Pool, tap_prefix AS tapPrefix, nft_table AS nftTable FROM network',
      ),
    saveFixedSettings: (fixed) => saveFixedSettings(database, fixed),
  };
}

function attachmentOf(row: AttachmentRow, { pool, tapPrefix }: NetworkSettings): Attachment {
  return {
    vmUid: row.vm_uid,
    vmName: row.vm_name,
    address: formatIpv4(row.address),
    mac: row.mac,
    tap: tapName(pool, tapPrefix, row.address),
    ownerUid: row.owner_uid,
    nat: row.nat === 1,
  };
}

function saveAttachment(database: Database, { pool }: NetworkSettings, attachment: Attachment): void {
  const { vmUid, vmName, ownerUid, nat, mac } = attachment;
  const address = parseIpv4(attachment.address);
  if (address === undefined) throw new TypeError(`saveAttachment: ${attachment.address} is no address`);
  database.transaction(() => {
    const known = database.run(
      'UPDATE attachment SET vm_name = ?, owner_uid = ?, nat = ? WHERE vm_uid = ?',
      vmName,
      ownerUid,
      Number(nat),
      vmUid,
    );
    if (known > 0) return;
    database.run(
      'INSERT INTO attachment (vm_uid, vm_name, address, mac, owner_uid, nat) VALUES (?, ?, ?, ?, ?, ?)',
      ...[vmUid, vmName, address, mac, ownerUid, Number(nat)],
    );
    if (isGiven(pool, address)) database.run('UPDATE network SET last_given = ?', address);
  });
}

function remembered(database: Database): ReturnType<NetworkStore['remembered']> {
  const rows = database.all<Sysctl & { boot_id: string }>('SELECT * FROM remembered_sysctl ORDER BY position');
  const [first] = rows;
  return first && { bootId: first.boot_id, values: rows.map(({ path, value }) => ({ path, value })) };
}

function remember(database: Database, bootId: string, values: readonly Sysctl[]): void {
  database.transaction(() => {
    for (const [position, { path, value }] of values.entries()) {
      database.run('INSERT INTO remembered_sysctl VALUES (?, ?, ?, ?)', position, bootId, path, value);
    }
  });
}

function saveFixedSettings(database: Database, { ipv4Pool, tapPrefix, nftTable }: FixedSettings): void {
  database.run(
    `INSERT INTO network (id, ipv4_pool, tap_prefix, nft_table) VALUES (1, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ipv4_pool = excluded.ipv4_pool, tap_prefix = excluded.tap_prefix,
       nft_table = excluded.nft_table`,
    ipv4Pool,
    tapPrefix,
    nftTable,
  );
}
