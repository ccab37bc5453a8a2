import { join } from 'node:path';
import { eventsMigration } from '../../../lib/events/event-log.js';
import { type Happenings, untold } from '../../../lib/events/happenings.js';
import { journalMigration } from '../../../lib/journal/journal.js';
import type { Database, DatabaseFile, Migration } from '../../../lib/store/database.js';
import { type Change, Revisions, revisionsMigration } from '../../../lib/store/revisions.js';
import type { Burial, CreateRequest, RememberedRequest, VmStore } from '../app/ports.js';
import { vmExists } from '../domain/errors.js';
import type { Vm } from '../domain/vm.js';
import { happeningOf } from '../domain/vm-events.js';
import { bury, trashMigration, unbury } from './trash-store.js';

export const migrations: readonly Migration[] = [
  revisionsMigration,
  {
    name: 'vms',
    sql: `CREATE TABLE vm (
            uid TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            revision INTEGER NOT NULL,
            document TEXT NOT NULL
          ) STRICT;
          CREATE TABLE removed_vm (uid TEXT PRIMARY KEY, name TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
          CREATE TABLE create_request (
            id TEXT PRIMARY KEY,
            body TEXT NOT NULL,
            uid TEXT NOT NULL,
            time INTEGER NOT NULL
          ) STRICT;`,
  },
  {
    // Every VM ran on a QEMU whose version was not recorded, in no jail, and was not started again by itself. A repeated
    // request is recognised by its text, whose fields are in order: the policy comes right before the work disk.
    name: 'firecracker',
    sql: `UPDATE vm SET document = json_set(document, '$.spec.restartPolicy', 'never');
          UPDATE vm
            SET document = json_set(
              document, '$.status.hypervisor.version', '', '$.status.hypervisor.jailed', json('false'))
            WHERE json_type(document, '$.status.hypervisor') = 'object';
          UPDATE vm
            SET document = json_set(document, '$.status.launched.hypervisor', document ->> '$.spec.hypervisor')
            WHERE json_type(document, '$.status.launched') = 'object';
          UPDATE create_request
            SET body = replace(body, ',["workDiskMib",', ',["restartPolicy","never"],["workDiskMib",');`,
  },
  {
    name: 'aliases',
    sql: `UPDATE vm SET document = json_set(document, '$.spec.aliases', json('[]'));
          UPDATE create_request SET body = replace(body, ',[["cpuCount",', ',[["aliases",[]],["cpuCount",');`,
  },
  {
    name: 'place',
    sql: `UPDATE vm SET document = json_set(document, '$.spec.ipv4Address', '', '$.spec.macAddress', '');
          UPDATE create_request SET body = replace(
            replace(body, ',["kernel",', ',["ipv4Address",""],["kernel",'),
            ',["memoryMib",', ',["macAddress",""],["memoryMib",');`,
  },
  {
    name: 'policy',
    sql: `UPDATE vm SET document = json_set(
            document, '$.spec.policy', json('{"allowFrom":[],"egress":[],"publishedPorts":[]}'));
          UPDATE vm SET document = json_set(
              document, '$.status.network.policy', json('{"allowFrom":[],"egress":[],"publishedPorts":[]}'))
            WHERE json_type(document, '$.status.network') = 'object';
          UPDATE create_request SET body = replace(
            body,
            ',["restartPolicy",',
            ',["policy",{"allowFrom":[],"egress":[],"publishedPorts":[]}],["restartPolicy",');`,
  },
  journalMigration,
  trashMigration,
  eventsMigration,
  {
    name: 'autostart',
    sql: `UPDATE vm SET document = json_set(document, '$.spec.autostart', json('false'), '$.spec.autostartOrder', 0);
          UPDATE trash SET document = json_set(document, '$.spec.autostart', json('false'), '$.spec.autostartOrder', 0);
          UPDATE create_request SET body = replace(
            body, ',["cpuCount",', ',["autostart",false],["autostartOrder",0],["cpuCount",');`,
  },
  {
    name: 'labels',
    sql: `UPDATE vm SET document = json_set(document, '$.spec.labels', json('{}'));
          UPDATE trash SET document = json_set(document, '$.spec.labels', json('{}'));
          UPDATE create_request SET body = replace(body, ',["macAddress",', ',["labels",{}],["macAddress",');`,
  },
  {
    name: 'guest data',
    sql: `UPDATE vm SET document = json_set(document, '$.spec.environment', json('{}'), '$.spec.userData', '');
          UPDATE trash SET document = json_set(document, '$.spec.environment', json('{}'), '$.spec.userData', '');
          UPDATE create_request SET body = replace(
            replace(body, ',["hypervisor",', ',["environment",{}],["hypervisor",'),
            ',["workDiskMib",', ',["userData",""],["workDiskMib",');`,
  },
];

export function databaseIn(stateDir: string): DatabaseFile {
  return { path: join(stateDir, 'vmm', 'vmm.db'), migrations };
}

/** How long request ids and the names of removed VMs are kept. */
const memoryMs = 24 * 60 * 60 * 1000;

interface VmRow {
  readonly revision: number;
  readonly document: string;
}

/** VMs in SQLite: one row each, the VM as a document beside the columns that queries need. */
export class SqliteVmStore implements VmStore {
  readonly #revisions: Revisions;

  constructor(
    private readonly database: Database,
    private readonly now: () => number,
    private readonly events: Happenings = untold,
  ) {
    this.#revisions = new Revisions(database);
  }

  get(uid: string): Vm | undefined {
    return toVm(this.database.get<VmRow>('SELECT revision, document FROM vm WHERE uid = ?', uid));
  }

  findByName(name: string): Vm | undefined {
    return toVm(this.database.get<VmRow>('SELECT revision, document FROM vm WHERE name = ?', name));
  }

  findByAlias(alias: string): Vm | undefined {
    const sql =
      "SELECT revision, document FROM vm WHERE EXISTS (SELECT 1 FROM json_each(document, '$.spec.aliases') WHERE value = ?)";
    return toVm(this.database.get<VmRow>(sql, alias));
  }

  list(): Vm[] {
    const rows = this.database.all<VmRow>('SELECT revision, document FROM vm ORDER BY name');
    return rows.map(toVm).filter((vm) => vm !== undefined);
  }

  insert(vm: Vm, request?: CreateRequest): Vm {
    if (this.findByName(vm.name)) throw vmExists(vm.name);
    return this.#revisions.change(vm.uid, (revision) => {
      this.#forgetOld();
      const { uid } = vm;
      this.#insert(vm, revision);
      if (request) this.#remember(request, uid);
      this.#tell(undefined, vm);
      return { ...vm, revision };
    });
  }

  change(uid: string, edit: (vm: Vm) => Vm): Vm | undefined {
    const before = this.get(uid);
    if (before === undefined) return undefined;
    const after = edit(before);
    if (after === before) return before;
    return this.#revisions.change(uid, (revision) => {
      this.database.run('UPDATE vm SET revision = ?, document = ? WHERE uid = ?', revision, toDocument(after), uid);
      this.#tell(before, after);
      return { ...after, revision };
    });
  }

  restore(vm: Vm): Vm {
    if (this.findByName(vm.name)) throw vmExists(vm.name, 'restore');
    return this.#revisions.change(vm.uid, (revision) => {
      unbury(this.database, vm.uid);
      this.#tell(undefined, vm);
      this.#insert(vm, revision);
      return { ...vm, revision };
    });
  }

  remove(uid: string, burial?: Burial): void {
    const vm = this.get(uid);
    if (vm === undefined) return;
    this.#revisions.change(uid, () => {
      this.database.run('DELETE FROM vm WHERE uid = ?', uid);
      const sql = 'INSERT OR REPLACE INTO removed_vm (uid, name, time) VALUES (?, ?, ?)';
      this.database.run(sql, uid, vm.name, this.now());
      if (burial) bury(this.database, burial);
      this.#forgetOld();
      this.#tell(vm, undefined);
    });
  }

  nameOfRemoved(uid: string): string | undefined {
    return this.database.get<{ name: string }>('SELECT name FROM removed_vm WHERE uid = ?', uid)?.name;
  }

  findRequest(id: string): RememberedRequest | undefined {
    const sql = 'SELECT body, uid FROM create_request WHERE id = ? AND time > ?';
    return this.database.get<RememberedRequest>(sql, id, this.now() - memoryMs);
  }

  revision(): number {
    return this.#revisions.current();
  }

  follow(signal: AbortSignal): AsyncIterable<Change> {
    return this.#revisions.follow(signal);
  }

  #insert(vm: Vm, revision: number): void {
    const sql = 'INSERT INTO vm (uid, name, revision, document) VALUES (?, ?, ?, ?)';
    this.database.run(sql, vm.uid, vm.name, revision, toDocument(vm));
  }

  /** In the transaction of the change: an event without it, or a change without its event, is never there. */
  #tell(before: Vm | undefined, after: Vm | undefined): void {
    this.events.acceptVerb();
    const happening = happeningOf(before, after);
    if (happening) this.events.record({ type: 'vm', ...happening });
  }

  #remember({ id, body }: CreateRequest, uid: string): void {
    const sql = 'INSERT OR REPLACE INTO create_request (id, body, uid, time) VALUES (?, ?, ?, ?)';
    this.database.run(sql, id, body, uid, this.now());
  }

  #forgetOld(): void {
    const before = this.now() - memoryMs;
    this.database.run('DELETE FROM create_request WHERE time <= ?', before);
    this.database.run('DELETE FROM removed_vm WHERE time <= ?', before);
  }
}

/** The revision has a column of its own. */
function toDocument(vm: Vm): string {
  const { revision: _, ...document } = vm;
  return JSON.stringify(document);
}

function toVm(row: VmRow | undefined): Vm | undefined {
  if (row === undefined) return undefined;
  return { ...(JSON.parse(row.document) as Omit<Vm, 'revision'>), revision: row.revision };
}
