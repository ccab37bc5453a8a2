import { z } from 'zod';
import { readTextIfExists, removePath, writeFileAtomic } from '../lib/host/files.js';
import { commandLine, endProcess, isAlive, type ProcessIdentity, waitGone } from '../lib/host/process.js';
import type { Log } from '../lib/log.js';

/**
 * What a supervisor that was killed left behind. Its services end by themselves when their lifeline is cut; one that
 * hangs does not, and would keep its socket from its successor for ever. So every process is written down as it starts,
 * and the next supervisor ends those that are still there.
 */

const processSchema = z.object({ pid: z.number().int(), startTime: z.number().int(), argv: z.array(z.string()) });
const recordSchema = z.record(z.string(), processSchema);
type ProcessRecord = z.infer<typeof recordSchema>;

/** Services that saw their lifeline cut are given this long to end in order. */
const courtesyMs = 3_000;

export class Leftovers {
  readonly #own = new Set<string>();
  /** One write after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly log: Log,
  ) {}

  /** Writes a service's process down. The file is a help after a crash: not being able to write it stops nothing. */
  async remember(service: string, identity: ProcessIdentity, argv: readonly string[]): Promise<void> {
    const key = `${service} ${identity.pid}`;
    this.#own.add(key);
    await this.#change((record) => ({ ...record, [key]: { ...identity, argv: [...argv] } }));
  }

  /** Ends what other supervisors left, all at once. */
  async endAll(graceMs: number): Promise<void> {
    const left = Object.entries(await this.#read()).filter(([key, process]) => !this.#own.has(key) && isOurs(process));
    await Promise.all(left.map(([service, process]) => this.#end(service, process, graceMs)));
  }

  /** Says that none of this supervisor's processes runs any more. */
  forget(): Promise<void> {
    return this.#change((record) => Object.fromEntries(Object.entries(record).filter(([key]) => !this.#own.has(key))));
  }

  /** Another supervisor, which takes over from us or we from it, writes to the same file: what it wrote stays. */
  #change(edit: (record: ProcessRecord) => ProcessRecord): Promise<void> {
    const change = this.#last.then(async () => {
      const record = Object.entries(edit(await this.#read())).filter(([, process]) => isAlive(process));
      if (record.length === 0) return removePath(this.path);
      await writeFileAtomic(this.path, `${JSON.stringify(Object.fromEntries(record), null, 2)}\n`);
    });
    this.#last = change.catch((err) => this.log.warn({ err, path: this.path }, 'cannot be written'));
    return this.#last.then(() => undefined);
  }

  async #end(service: string, identity: ProcessIdentity, graceMs: number): Promise<void> {
    const ended = await waitGone(identity, courtesyMs).then(
      () => true,
      () => false,
    );
    if (ended) return;
    this.log.warn({ name: service, pid: identity.pid }, 'ending a service that a former supervisor left');
    await endProcess(identity, graceMs);
  }

  async #read(): Promise<ProcessRecord> {
    const text = await readTextIfExists(this.path);
    if (text === undefined) return {};
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (err) {
      this.log.warn({ err, path: this.path }, 'is damaged; services that a former supervisor left are not looked for');
      return {};
    }
  }
}

/** Pid and start time, by which it is ended, tell a process from another until the next boot; its arguments tell across boots. */
function isOurs(process: ProcessRecord[string]): boolean {
  const argv = commandLine(process.pid);
  return argv !== undefined && JSON.stringify(argv) === JSON.stringify(process.argv);
}
