import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, StandInSettings, Trouble } from '../settings.js';
import type { HttpRequest } from './http-parser.js';

/** Troubles on demand, and the trace of the steps at which they are met. */
export class Troubles {
  #requests = 0;
  #faults: readonly Fault[];

  constructor(
    private readonly settings: StandInSettings,
    private readonly exit: (code: number) => void,
  ) {
    this.#faults = settings.faults;
  }

  /** Before the API socket is bound. */
  async atStart(argv: readonly string[]): Promise<void> {
    this.#trace({ step: 'start', pid: process.pid, argv });
    await this.#meet(['start']);
  }

  /** Before a request is served. Returns the text of the fault that it shall be answered with instead. */
  atRequest({ method, path, body }: HttpRequest): Promise<string | undefined> {
    this.#requests += 1;
    this.#trace({ step: this.#requests, pid: process.pid, method, path, body });
    return this.#meet([this.#requests, `${method} ${path}`]);
  }

  async #meet(names: readonly (number | string)[]): Promise<string | undefined> {
    const trouble: Trouble | undefined = this.#faults.find(({ at }) => names.includes(at));
    if (trouble?.do === 'hang') this.#faults = this.#faults.filter((each) => each !== trouble);
    if (trouble?.do === 'die') this.#die(trouble.by);
    if (trouble?.do === 'hang' || trouble?.do === 'die') await untilItMayGoOn();
    if (trouble?.do === 'slow') await delay(trouble.ms);
    return trouble?.do === 'fault' ? trouble.text : undefined;
  }

  #die(by: number | NodeJS.Signals): void {
    if (typeof by === 'number') this.exit(by);
    else process.kill(process.pid, by);
  }

  #trace(line: object): void {
    const { trace } = this.settings;
    if (trace === undefined) return;
    appendFileSync(existsSync(dirname(trace)) ? trace : '/run/trace.jsonl', `${JSON.stringify(line)}\n`);
  }
}

async function untilItMayGoOn(): Promise<void> {
  // The process lives on what it listens to; before that, on this.
  const alive = setInterval(() => {}, 2 ** 30);
  await once(process, 'SIGUSR2');
  clearInterval(alive);
}
