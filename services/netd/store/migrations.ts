import { join } from 'node:path';
import { eventsMigration } from '../../../lib/events/event-log.js';
import { journalMigration } from '../../../lib/journal/journal.js';
import type { DatabaseFile, Migration } from '../../../lib/store/database.js';

export const migrations: readonly Migration[] = [
  {
    name: 'network',
    sql: `
      -- Addresses are numbers, so that they sort; MAC and tap follow from them.
      CREATE TABLE attachment (
        vm_uid TEXT PRIMARY KEY,
        vm_name TEXT NOT NULL,
        address INTEGER NOT NULL UNIQUE,
        owner_uid INTEGER NOT NULL,
        nat INTEGER NOT NULL CHECK (nat IN (0, 1))
      ) STRICT;
      CREATE TABLE nat_rule (
        address TEXT NOT NULL,
        link TEXT NOT NULL,
        PRIMARY KEY (address, link)
      ) STRICT;
      -- Kernel parameters as they were before us, in the order in which they go back.
      CREATE TABLE remembered_sysctl (
        position INTEGER PRIMARY KEY,
        boot_id TEXT NOT NULL,
        path TEXT NOT NULL,
        value TEXT NOT NULL
      ) STRICT;
      -- One row: what the objects on the host are named after, and the address that was given last.
      CREATE TABLE network (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        ipv4_pool TEXT NOT NULL,
        tap_prefix TEXT NOT NULL,
        nft_table TEXT NOT NULL,
        last_given INTEGER
      ) STRICT;`,
  },
  {
    // A card's address can be chosen. Until now each was made of the VM's address, as macOf in domain/address-pool.ts does.
    name: 'mac',
    sql: `
      ALTER TABLE attachment ADD COLUMN mac TEXT NOT NULL DEFAULT '';
      UPDATE attachment SET mac = printf('02:ba:%02x:%02x:%02x:%02x',
        address >> 24 & 255, address >> 16 & 255, address >> 8 & 255, address & 255);
      CREATE UNIQUE INDEX attachment_mac ON attachment (mac);`,
  },
  {
    name: 'policy',
    sql: `
      -- As JSON, in the one form that equal policies have.
      ALTER TABLE attachment ADD COLUMN policy TEXT NOT NULL
        DEFAULT '{"allowFrom":[],"egress":[],"publishedPorts":[]}';
      -- The addresses that guests were given for domains of their egress rules; times in milliseconds since 1970.
      CREATE TABLE resolved_address (
        vm_uid TEXT NOT NULL REFERENCES attachment (vm_uid) ON DELETE CASCADE,
        domain TEXT NOT NULL,
        address TEXT NOT NULL,
        expires INTEGER NOT NULL,
        PRIMARY KEY (vm_uid, domain, address)
      ) STRICT;`,
  },
  {
    // Until now guests had no IPv6, and what was remembered was of IPv4.
    name: 'ipv6',
    sql: `
      ALTER TABLE network ADD COLUMN ipv6_pool TEXT NOT NULL DEFAULT '';
      -- One row: the pool of this host's own, once it was made.
      CREATE TABLE own_ipv6_pool (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        prefix TEXT NOT NULL
      ) STRICT;
      ALTER TABLE remembered_sysctl RENAME TO remembered_before;
      CREATE TABLE remembered_sysctl (
        protocol TEXT NOT NULL CHECK (protocol IN ('ipv4', 'ipv6')),
        position INTEGER NOT NULL,
        boot_id TEXT NOT NULL,
        path TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (protocol, position)
      ) STRICT;
      INSERT INTO remembered_sysctl SELECT 'ipv4', position, boot_id, path, value FROM remembered_before;
      DROP TABLE remembered_before;`,
  },
  journalMigration,
  eventsMigration,
];

export function databaseIn(stateDir: string): DatabaseFile {
  return { path: join(stateDir, 'netd', 'netd.db'), migrations };
}
