import type { HandOverRequest, HandOverResponse } from '../gen/banger/supervisor/v1/supervisor_service.js';
import type { Log } from '../lib/log.js';
import { rollOverUnderWay } from './errors.js';
import type { ServiceKeeper } from './keeper.js';
import type { Supervisor } from './supervisor.js';

/**
 * The side of a roll-over that gives. The caller is a supervisor whose own processes stand by; it asks for one service after
 * the other. Until it has them all, everything can be taken back.
 */
export class HandOver {
  #underWay = false;

  constructor(
    private readonly supervisor: Supervisor,
    private readonly log: Log,
    /** Begins the end of this supervisor. */
    private readonly shutdown: () => void,
  ) {}

  get isUnderWay(): boolean {
    return this.#underWay;
  }

  async *give(steps: AsyncIterable<HandOverRequest>): AsyncIterable<HandOverResponse> {
    if (this.#underWay) throw rollOverUnderWay();
    this.#underWay = true;
    const released: ServiceKeeper[] = [];
    let isFinished = false;
    this.log.info('another supervisor takes over');
    try {
      for await (const { step } of steps) {
        if (step?.$case === 'release') {
          const keeper = this.supervisor.find(step.value, 'hand over');
          released.push(keeper);
          await keeper.stop();
          yield { released: step.value };
        } else if (step?.$case === 'finish') {
          isFinished = true;
          yield { released: '' };
        }
      }
    } finally {
      if (isFinished) this.#end();
      else await this.#takeBack(released);
    }
  }

  #end(): void {
    this.log.info('another supervisor has taken over');
    // After the answer has left.
    setImmediate(this.shutdown);
  }

  async #takeBack(released: readonly ServiceKeeper[]): Promise<void> {
    this.log.warn(
      { names: released.map(({ spec }) => spec.name) },
      'the other supervisor is gone; taking back services',
    );
    try {
      await this.supervisor.takeBack(released);
    } finally {
      this.#underWay = false;
    }
  }
}
