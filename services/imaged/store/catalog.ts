import { join } from 'node:path';
import { eventsMigration } from '../../../lib/events/event-log.js';
import { type Happenings, untold } from '../../../lib/events/happenings.js';
import { journalMigration } from '../../../lib/journal/journal.js';
import type { Database, DatabaseFile, Migration } from '../../../lib/store/database.js';
import type { Catalog, Lease } from '../app/ports.js';
import type { Holder, ObjectKind } from '../domain/image.js';

export const migrations: readonly Migration[] = [
  {
    name: 'tags and leases',
    sql: `
      CREATE TABLE tag (
        kind TEXT NOT NULL CHECK (kind IN ('image', 'kernel')),
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (kind, name)
      ) STRICT;
      CREATE TABLE lease (
        holder TEXT PRIMARY KEY,
        image_reference TEXT NOT NULL,
        kernel_reference TEXT NOT NULL,
        image_digest TEXT NOT NULL,
        kernel_digest TEXT NOT NULL
      ) STRICT;`,
  },
  {
    name: 'the names of holders',
    sql: `ALTER TABLE lease ADD COLUMN holder_name TEXT NOT NULL DEFAULT ''`,
  },
  {
    name: 'the default kernel',
    sql: `
      CREATE TABLE default_kernel (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        name TEXT NOT NULL
      ) STRICT;
      -- A choice ends with the name that was chosen. A name that moves to a newer object is replaced, not deleted.
      CREATE TRIGGER default_kernel_follows_its_name AFTER DELETE ON tag WHEN old.kind = 'kernel' BEGIN
        DELETE FROM default_kernel WHERE name = old.name;
      END`,
  },
  journalMigration,
  eventsMigration,
];

export function databaseIn(storeFolder: string): DatabaseFile {
  return { path: join(storeFolder, 'imaged.db'), migrations };
}

const leaseColumns = `holder, holder_name AS holderName, image_reference AS imageReference, kernel_reference AS kernelReference,
  image_digest AS imageDigest, kernel_digest AS kernelDigest`;

/** The catalog in SQLite. */
export class SqliteCatalog implements Catalog {
  constructor(
    private readonly database: Database,
    private readonly events: Happenings = untold,
  ) {}

  isEmpty(): boolean {
    return this.database.get('SELECT 1 FROM tag UNION ALL SELECT 1 FROM lease LIMIT 1') === undefined;
  }

  tags(kind: ObjectKind): ReadonlyMap<string, string> {
    const rows = this.database.all<{ name: string; digest: string }>(
      'SELECT name, digest FROM tag WHERE kind = ?',
      kind,
    );
    return new Map(rows.map(({ name, digest }) => [name, digest]));
  }

  tag(kind: ObjectKind, name: string, digest: string): void {
    this.#change(() => {
      const former = this.tags(kind).get(name);
      this.database.run('INSERT OR REPLACE INTO tag (kind, name, digest) VALUES (?, ?, ?)', kind, name, digest);
      const message = former === undefined ? 'it has this name now' : `the name was that of ${former}`;
      if (former !== digest) this.events.record({ type: kind, action: 'named', object: name, uid: digest, message });
    });
  }

  untag(kind: ObjectKind, digest: string): void {
    this.#untag(kind, ([, tagged]) => tagged === digest);
  }

  untagName(kind: ObjectKind, name: string): void {
    this.#untag(kind, ([tag]) => tag === name);
  }

  defaultKernel(): string | undefined {
    return this.database.get<{ name: string }>('SELECT name FROM default_kernel')?.name;
  }

  setDefaultKernel(name: string | undefined): void {
    this.#change(() => {
      if (name === undefined) this.database.run('DELETE FROM default_kernel');
      else this.database.run('INSERT OR REPLACE INTO default_kernel (only, name) VALUES (1, ?)', name);
    });
  }

  lease(holder: string): Lease | undefined {
    return this.database.get<Lease>(`SELECT ${leaseColumns} FROM lease WHERE holder = ?`, holder);
  }

  putLease(lease: Lease): void {
    const { holder, holderName, imageReference, kernelReference, imageDigest, kernelDigest } = lease;
    const values = [holder, holderName, imageReference, kernelReference, imageDigest, kernelDigest];
    const columns = 'holder, holder_name, image_reference, kernel_reference, image_digest, kernel_digest';
    this.#change(() => {
      this.database.run(`INSERT OR REPLACE INTO lease (${columns}) VALUES (?, ?, ?, ?, ?, ?)`, ...values);
      const message = `holds image ${imageDigest} and kernel ${kernelDigest}`;
      this.events.record({ type: 'lease', action: 'acquired', object: holderName, uid: holder, message });
    });
  }

  removeLease(holder: string): void {
    this.#change(() => {
      const former = this.lease(holder);
      this.database.run('DELETE FROM lease WHERE holder = ?', holder);
      if (former === undefined) return;
      const message = `held image ${former.imageDigest} and kernel ${former.kernelDigest}`;
      this.events.record({ type: 'lease', action: 'released', object: former.holderName, uid: holder, message });
    });
  }

  holders(digest: string): readonly Holder[] {
    return this.database.all<Holder>(
      `SELECT holder AS uid, holder_name AS name FROM lease
        WHERE image_digest = ? OR kernel_digest = ? ORDER BY holder`,
      digest,
      digest,
    );
  }

  #untag(kind: ObjectKind, isConcerned: (tag: readonly [name: string, digest: string]) => boolean): void {
    this.#change(() => {
      for (const [name, digest] of [...this.tags(kind)].filter(isConcerned)) {
        this.database.run('DELETE FROM tag WHERE kind = ? AND name = ?', kind, name);
        this.events.record({ type: kind, action: 'unnamed', object: name, uid: digest, message: 'it lost this name' });
      }
    });
  }

  /** A change with what is told of it, or neither. */
  #change(work: () => void): void {
    this.database.transaction(() => {
      work();
      this.events.acceptVerb();
    });
  }
}
