import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pathExists, readTextIfExists, removePath, writeFileAtomic } from '../../lib/host/files.js';
import type { JournalMoment } from '../../lib/journal/journal.js';
import type { ServiceName } from '../../lib/paths.js';

/** A moment in the journal of a service. */
export interface Moment extends Omit<JournalMoment, 'subject'> {
  readonly service: ServiceName;
}

/** A service to be killed at a moment: that of its own journal, or of another's. */
export interface Kill extends Moment {
  readonly kill: ServiceName;
}

/** The way to `preload.mjs` in the services: what they tell, and what becomes of them. */
export class KillPlan {
  constructor(private readonly folder: string) {}

  /** What the daemons must be started with. */
  environment(): Record<string, string> {
    const preload = pathToFileURL(resolve('test/faults/preload.mjs')).href;
    return { NODE_OPTIONS: `--import ${preload}`, BANGER_TEST_FAULTS: this.folder };
  }

  /** Forgets what has been told, and what was planned. */
  async clear(): Promise<void> {
    for (const name of ['plan.json', 'fired.json', 'moments']) await removePath(join(this.folder, name));
  }

  async plan(kill: Kill): Promise<void> {
    await writeFileAtomic(join(this.folder, 'plan.json'), JSON.stringify({ ...kill, skip: 0 }));
  }

  async hasFired(): Promise<boolean> {
    return pathExists(join(this.folder, 'fired.json'));
  }

  /** The moments since `clear`, each once, in their order. */
  async moments(): Promise<Moment[]> {
    const text = (await readTextIfExists(join(this.folder, 'moments'))) ?? '';
    return [...new Set(text.split('\n').slice(0, -1))].map((line) => JSON.parse(line) as Moment);
  }
}
